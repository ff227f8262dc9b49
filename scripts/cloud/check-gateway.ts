import { isObject, parseJson } from '../../shared/protocol/json.ts'

/** What one request to a deployed gateway showed. */
export interface GatewayCheck {
  readonly name: string
  readonly ok: boolean
  readonly detail: string
}

export interface GatewayCheckOptions {
  /** Base URL, such as `https://env-1250000000.ap-shanghai.app.tcloudbase.com`. */
  readonly url: string
  /** With it the models are listed; without it only that strangers are turned away is checked. */
  readonly adminKey: string | undefined
  /** Whether the functions answer CORS themselves, with `*` or for this origin. */
  readonly corsOrigin: string | undefined
}

interface Seen {
  readonly status: number
  readonly headers: Headers
  readonly body: Record<string, unknown>
}

const timeoutMs = 20_000

/** Asks a gateway what costs nothing: that it is up, that it turns strangers away, that it lists its models, that pages may call it. */
export const checkGateway = async (options: GatewayCheckOptions): Promise<GatewayCheck[]> => [
  await check('GET /health', options, '/health', {}, ({ status, body }) => status === 200 && body['ok'] === true),
  await check('GET /v1/models without a token', options, '/v1/models', {}, ({ status, body }) => {
    return status === 401 && isObject(body['error']) && body['error']['code'] === 'missing_credentials'
  }),
  ...(options.adminKey === undefined ? [] : [await listsModels(options, options.adminKey)]),
  ...(options.corsOrigin === undefined ? [] : [await answersPages(options, options.corsOrigin)]),
]

const listsModels = (options: GatewayCheckOptions, adminKey: string): Promise<GatewayCheck> =>
  check(
    'GET /v1/models with the admin key',
    options,
    '/v1/models',
    { headers: { 'x-gateway-key': adminKey } },
    (seen) => {
      return seen.status === 200 && Array.isArray(seen.body['data']) && seen.body['data'].length > 0
    },
  )

const answersPages = (options: GatewayCheckOptions, origin: string): Promise<GatewayCheck> => {
  const headers = {
    origin,
    'access-control-request-method': 'POST',
    'access-control-request-headers': 'authorization, content-type',
  }
  const request = { method: 'OPTIONS', headers }
  return check('preflight of a web page', options, '/v1/chat/completions', request, ({ status, headers: answer }) => {
    return status < 300 && ['*', origin].includes(answer.get('access-control-allow-origin') ?? '')
  })
}

const check = async (
  name: string,
  { url }: GatewayCheckOptions,
  path: string,
  request: RequestInit,
  isRight: (seen: Seen) => boolean,
): Promise<GatewayCheck> => {
  try {
    const reply = await fetch(url + path, { ...request, signal: AbortSignal.timeout(timeoutMs) })
    const body = parseJson(await reply.text())
    const seen = { status: reply.status, headers: reply.headers, body: isObject(body) ? body : {} }
    return { name, ok: isRight(seen), detail: `${reply.status}${codeOf(seen.body)}` }
  } catch (error) {
    const { cause = error } = error as { cause?: unknown }
    return { name, ok: false, detail: cause instanceof Error ? cause.message : 'no answer' }
  }
}

/** Our error code, or that of the access service in front. */
const codeOf = (body: Record<string, unknown>): string => {
  const code = isObject(body['error']) ? body['error']['code'] : body['code']
  return typeof code === 'string' ? ` ${code}` : ''
}
