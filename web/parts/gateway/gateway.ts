import { toCallFailure, toNetworkFailure } from './call-failure.ts'

/** Who calls. */
export interface Caller {
  /** Returns the headers that identify the caller.
   *  @throws CallFailure 401 if there is no caller any more */
  readonly getHeaders: () => Promise<Record<string, string>>
  /** Renews a token that the gateway calls expired. Returns whether the call may be sent again. Undefined: it cannot be renewed. */
  readonly renew?: () => Promise<boolean>
}

/** The caller who does not say who they are: the gateway asks for no credential, or the user has entered none. */
export const callerWithoutHeaders: Caller = { getHeaders: async () => ({}) }

/** Where the gateway is, and who calls. */
export interface Gateway {
  /** Base URL with a slash at its end; `v1/…` lies below. */
  readonly base: string
  readonly caller: Caller
}

/** Sends a call. A token that has expired is renewed, and the call is sent once more: the gateway refused it before it cost anything.
 *  @param path without a slash at its start, such as `v1/models`
 *  @throws what `fetch` and the caller throw */
export const sendCall = async (
  { base, caller }: Gateway,
  path: string,
  options: RequestInit = {},
): Promise<Response> => {
  const send = async (): Promise<Response> => {
    const headers = { ...options.headers, ...(await caller.getHeaders()) }
    return fetch(base + path, { ...options, headers })
  }
  const response = await send()
  if (response.status !== 401 || !caller.renew) return response
  const { facts } = toCallFailure(await readJson(response.clone()), response)
  return facts.code === 'access_token_expired' && (await caller.renew()) ? send() : response
}

const readJson = (response: Response): Promise<unknown> => response.json().catch(() => undefined)

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
export const findGateway = async (bases: readonly string[], caller: Caller): Promise<FoundGateway> => {
  let failure = toNetworkFailure('No gateway replies.', 'unreachable')
  for (const base of bases) {
    const response = await sendCall({ base, caller }, 'v1/models').catch((error: unknown) => {
      failure = toNetworkFailure(error, 'unreachable')
      return undefined
    })
    if (failure.facts.status !== 0) throw failure
    const body = response && (await readJson(response))
    if (!response || !isObject(body)) continue
    if (!response.ok && !isObject(body['error'])) continue
    if (!response.ok) throw toCallFailure(body, response)
    return { base, models: readIds(body['data']) }
  }
  throw failure
}

/** Reads JSON from the gateway.
 *  @throws CallFailure what the gateway says; `unreachable` if it does not reply in JSON */
export const readGateway = async (gateway: Gateway, path: string): Promise<Readonly<Record<string, unknown>>> => {
  const response = await sendCall(gateway, path).catch((error: unknown) => {
    throw toNetworkFailure(error, 'unreachable')
  })
  const body = await readJson(response)
  if (!response.ok) throw toCallFailure(body, response)
  if (!isObject(body)) throw toNetworkFailure('The reply is no JSON object.', 'unreachable')
  return body
}

/** Returns the points of a call from the caller's last records. Returns undefined if there is no such record, such as when the
 *  gateway keeps none. */
export const findPoints = async (gateway: Gateway, requestId: string): Promise<number | undefined> => {
  const body = await readGateway(gateway, 'v1/usage').catch(() => undefined)
  const record = toObjects(body?.['records']).find(({ request_id: id }) => id === requestId)
  return typeof record?.['points'] === 'number' ? record['points'] : undefined
}

const readIds = (data: unknown): string[] => toObjects(data).flatMap(({ id }) => (typeof id === 'string' ? [id] : []))

/** Returns the objects of a list. What is no list has none. */
export const toObjects = (value: unknown): readonly Readonly<Record<string, unknown>>[] =>
  Array.isArray(value) ? value.filter(isObject) : []

/** Whether a value is an object that is no array. */
export const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
