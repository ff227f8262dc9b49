import { toCallFailure, toNetworkFailure } from './call-failure.ts'

/** What identifies the caller: the access token of a user, or the administrator's key. */
export interface Credential {
  readonly kind: 'token' | 'adminKey'
  readonly value: string
}

/** Where the gateway is, and who calls. */
export interface Gateway {
  /** Base URL with a slash at its end; `v1/…` lies below. */
  readonly base: string
  readonly credential?: Credential | undefined
}

/** Returns the headers that identify the caller. */
export const toHeaders = (credential: Credential | undefined): Record<string, string> => {
  if (!credential) return {}
  return credential.kind === 'token'
    ? { authorization: `Bearer ${credential.value}` }
    : { 'x-gateway-key': credential.value }
}

/** Returns the places where the gateway of a page may be: beside the page, or at the root of its host. */
export const listBases = (pageUrl: string): readonly string[] => [
  ...new Set([new URL('.', pageUrl).href, new URL('/', pageUrl).href]),
]

/** A gateway that replied, and the models it offers the caller. */
export interface FoundGateway {
  readonly base: string
  readonly models: readonly string[]
}

/** Finds the gateway of a page by asking for its models. What does not reply in JSON is no gateway.
 *  @throws CallFailure what the gateway says, or `unreachable` if there is none */
export const findGateway = async (
  bases: readonly string[],
  credential: Credential | undefined,
): Promise<FoundGateway> => {
  let failure = toNetworkFailure('No gateway replies.', 'unreachable')
  for (const base of bases) {
    const response = await fetch(`${base}v1/models`, { headers: toHeaders(credential) }).catch((error: unknown) => {
      failure = toNetworkFailure(error, 'unreachable')
      return undefined
    })
    const body: unknown = response && (await response.json().catch(() => undefined))
    if (!response || !isObject(body)) continue
    if (!response.ok && !isObject(body['error'])) continue
    if (!response.ok) throw toCallFailure(body, response)
    return { base, models: readIds(body['data']) }
  }
  throw failure
}

/** Returns the points of a call from the caller's last records. Returns undefined if there is no such record, such as when the
 *  gateway keeps none. */
export const findPoints = async (gateway: Gateway, requestId: string): Promise<number | undefined> => {
  const body: unknown = await fetch(`${gateway.base}v1/usage`, { headers: toHeaders(gateway.credential) })
    .then((response) => response.json())
    .catch(() => undefined)
  const records: unknown[] = isObject(body) && Array.isArray(body['records']) ? body['records'] : []
  const record = records.find((candidate) => isObject(candidate) && candidate['request_id'] === requestId)
  return isObject(record) && typeof record['points'] === 'number' ? record['points'] : undefined
}

const readIds = (data: unknown): string[] =>
  (Array.isArray(data) ? data : []).flatMap((row: unknown) =>
    isObject(row) && typeof row['id'] === 'string' ? [row['id']] : [],
  )

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
