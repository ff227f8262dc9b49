import { isObject, parseJson } from '../../../shared/runtime/json.ts'
import type { Variables } from '../../variables/read-variables.ts'
import { answersCors } from './gateway-routes.ts'

/** The result of one request to a deployed gateway. */
export interface GatewayCheck {
  readonly name: string
  readonly ok: boolean
  readonly detail: string
}

interface SeenReply {
  readonly status: number
  readonly headers: Headers
  readonly body: Record<string, unknown>
}

const timeoutMs = 20_000

/** Sends free requests to a gateway by its base URL. They check that it runs and rejects requests without a token;
 *  that it lists its models, if the variables hold the admin key; and that web pages may call it, if its functions
 *  handle CORS. */
export const checkGateway = async (url: string, variables: Variables): Promise<GatewayCheck[]> => {
  const { GATEWAY_ADMIN_KEY: adminKey } = variables
  return [
    await check('GET /health', url, '/health', {}, ({ status, body }) => status === 200 && body['ok'] === true),
    await check('GET /v1/models without a token', url, '/v1/models', {}, ({ status, body }) => {
      return status === 401 && isObject(body['error']) && body['error']['code'] === 'missing_credentials'
    }),
    ...(adminKey === undefined ? [] : [await checkModels(url, adminKey)]),
    ...(answersCors(variables) ? [await checkPagePreflight(url, getPageOrigin(variables))] : []),
  ]
}

/** Returns an origin that the functions should allow. */
const getPageOrigin = ({ CORS_ORIGINS: origins }: Variables): string =>
  origins?.split(',')[0]?.trim() ?? 'https://app.example.com'

const checkModels = (url: string, adminKey: string): Promise<GatewayCheck> =>
  check('GET /v1/models with the admin key', url, '/v1/models', { headers: { 'x-gateway-key': adminKey } }, (seen) => {
    return seen.status === 200 && Array.isArray(seen.body['data']) && seen.body['data'].length > 0
  })

const checkPagePreflight = (url: string, origin: string): Promise<GatewayCheck> => {
  const headers = {
    origin,
    'access-control-request-method': 'POST',
    'access-control-request-headers': 'authorization, content-type',
  }
  const request = { method: 'OPTIONS', headers }
  return check('preflight of a web page', url, '/v1/chat/completions', request, ({ status, headers: received }) => {
    return status < 300 && ['*', origin].includes(received.get('access-control-allow-origin') ?? '')
  })
}

const check = async (
  name: string,
  url: string,
  path: string,
  request: RequestInit,
  isRight: (seen: SeenReply) => boolean,
): Promise<GatewayCheck> => {
  try {
    const reply = await fetch(url + path, { ...request, signal: AbortSignal.timeout(timeoutMs) })
    const body = parseJson(await reply.text())
    const seen = { status: reply.status, headers: reply.headers, body: isObject(body) ? body : {} }
    return { name, ok: isRight(seen), detail: `${reply.status}${formatCode(seen.body)}` }
  } catch (error) {
    const { cause = error } = error as { cause?: unknown }
    return { name, ok: false, detail: cause instanceof Error ? cause.message : 'no response' }
  }
}

/** Formats the error code of the gateway, or of the access service in front of it. */
const formatCode = (body: Record<string, unknown>): string => {
  const code = isObject(body['error']) ? body['error']['code'] : body['code']
  return typeof code === 'string' ? ` ${code}` : ''
}
