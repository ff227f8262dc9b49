import { readEnvironment } from '../../../shared/gateway/config/variables/environment.ts'
import { readServerVariables } from '../../../shared/gateway/config/variables/server-variables.ts'
import { isObject, type JsonObject, parseJson } from '../../../shared/runtime/json.ts'
import type { Variables } from '../../variables/read-variables.ts'
import { readsModelTable } from '../settings/uses-mysql.ts'
import { answersCors } from './gateway-routes.ts'
import { findRefusalFix } from './platform-refusals.ts'

/** What a reply means. `pending`: a later one may be right, because routes and certificates need time. `wrong`: it
 *  stays wrong until someone acts. `advice`: the gateway replies as it should, and the operator has something to do. */
export type Verdict = 'ok' | 'advice' | 'pending' | 'wrong'

/** The result of one request to a deployed gateway. */
export interface GatewayCheck {
  readonly name: string
  readonly verdict: Verdict
  /** The status, the error code and, if it is known, the reason. */
  readonly detail: string
  /** What to do; empty if nothing is known. */
  readonly fix: string
}

interface SeenReply {
  readonly status: number
  readonly headers: Headers
  readonly body: JsonObject
}

interface Judgement {
  readonly verdict: Verdict
  readonly reason?: string
  readonly fix?: string
}

type Judge = (seen: SeenReply) => Judgement

const timeoutMs = 20_000

/** Sends free requests to a gateway by its base URL. They check that it runs and rejects requests without a token;
 *  that it is healthy and lists its models, if the variables hold the admin key; and that web pages may call it, if its
 *  functions handle CORS. */
export const checkGateway = async (url: string, variables: Variables): Promise<GatewayCheck[]> => {
  const { GATEWAY_ADMIN_KEY: adminKey } = variables
  return [
    await check('GET /health', `${url}/health`, {}, ({ status, body }) => pass(status === 200 && body['ok'] === true)),
    await check('GET /v1/models without a token', `${url}/v1/models`, {}, (seen) => judgeRefusal(seen, variables)),
    ...(adminKey === undefined ? [] : await checkAsAdministrator(url, adminKey, variables)),
    ...(answersCors(variables) ? [await checkPagePreflight(url, getPageOrigin(variables))] : []),
  ]
}

const pass = (isRight: boolean): Judgement => ({ verdict: isRight ? 'ok' : 'pending' })

/** Without authentication, which the operator must have confirmed, the list is open. */
const judgeRefusal = ({ status, body }: SeenReply, variables: Variables): Judgement => {
  const { DISABLE_AUTH: disabled, AUTH_MODE: mode } = readEnvironment(variables).values
  if (disabled || mode === 'disabled') return pass(status === 200)
  return pass(status === 401 && getErrorCode(body) === 'missing_credentials')
}

const checkAsAdministrator = async (url: string, adminKey: string, variables: Variables): Promise<GatewayCheck[]> => {
  const request = { headers: { 'x-gateway-key': adminKey } }
  let lastError: unknown
  const health = await check('GET /health with the admin key', `${url}/health`, request, ({ status, body }) => {
    if (isObject(body['config'])) lastError = body['config']['last_error']
    if (body['status'] !== 'degraded') return pass(status === 200 && body['status'] === 'ok')
    const reason = joinProblems(body)
    const fix = reason.includes('holds no row') ? importModels : 'docs/operations.md explains each problem.'
    return { verdict: 'advice', reason, fix }
  })
  const models = await check('GET /v1/models with the admin key', `${url}/v1/models`, request, (seen) =>
    judgeModels(seen, lastError, variables),
  )
  return [health, models]
}

const importModels = 'Import your models: npm run models -- import model_map.json'

const joinProblems = ({ problems }: JsonObject): string =>
  Array.isArray(problems) ? problems.map(String).join(' ') : ''

const judgeModels = ({ status, body }: SeenReply, lastError: unknown, variables: Variables): Judgement => {
  if (getErrorCode(body) === 'config_unavailable' && typeof lastError === 'string')
    return { verdict: canPass(lastError) ? 'pending' : 'wrong', reason: lastError }
  if (status !== 200 || !Array.isArray(body['data'])) return { verdict: 'pending' }
  if (body['data'].length > 0) return { verdict: 'ok' }
  const fix = readsModelTable(variables) ? importModels : 'Add models to model_map.json, then run npm run deploy.'
  return { verdict: 'advice', reason: 'there are no models yet', fix }
}

/** Whether an outage of the model map may pass by itself, by the sentence that the gateway gives
 *  (`shared/models/sources/source-errors.ts`): the database is starting, busy or out of reach. Another one, such as a
 *  refused login or a missing table, stays. */
export const canPass = (outage: string): boolean =>
  /cannot be reached\. |was lost|took too long|no connection left|in time|part of the table|responded with/.test(outage)

const checkPagePreflight = (url: string, origin: string): Promise<GatewayCheck> => {
  const headers = {
    origin,
    'access-control-request-method': 'POST',
    'access-control-request-headers': 'authorization, content-type',
  }
  const request = { method: 'OPTIONS', headers }
  return check('preflight of a web page', `${url}/v1/chat/completions`, request, ({ status, headers: received }) =>
    pass(status < 300 && ['*', origin].includes(received.get('access-control-allow-origin') ?? '')),
  )
}

/** Returns an origin that the functions should allow. */
const getPageOrigin = (variables: Variables): string =>
  readServerVariables(variables).cors.origins[0] ?? 'https://app.example.com'

const check = async (name: string, url: string, request: RequestInit, judge: Judge): Promise<GatewayCheck> => {
  try {
    const reply = await fetch(url, { ...request, signal: AbortSignal.timeout(timeoutMs) })
    const body = parseJson(await reply.text())
    const seen = { status: reply.status, headers: reply.headers, body: isObject(body) ? body : {} }
    const { verdict, reason, fix = findRefusalFix(getErrorCode(seen.body)) } = judgeReply(seen, judge)
    return { name, verdict, detail: joinFilled([`${seen.status} ${getErrorCode(seen.body)}`.trim(), reason]), fix }
  } catch (error) {
    return { name, fix: '', ...describeFailure(error) }
  }
}

/** A wrong configuration, which the functions themselves report, stays wrong, whatever was asked. */
const judgeReply = (seen: SeenReply, judge: Judge): Judgement => {
  if (getErrorCode(seen.body) !== 'gateway_misconfigured') return judge(seen)
  return { verdict: 'wrong', reason: String(seen.body['message'] ?? '') }
}

const joinFilled = (parts: readonly (string | undefined)[]): string => parts.filter(Boolean).join(', ')

/** A certificate that is expired or from an unknown issuer stays so (Node.js documentation, "TLS: X509 certificate
 *  error codes"). One for another name may still be replaced by the platform. */
const describeFailure = (error: unknown): Pick<GatewayCheck, 'verdict' | 'detail'> => {
  const { cause = error } = error as { cause?: unknown }
  const { code, message = 'no response' } = cause as Partial<NodeJS.ErrnoException>
  const verdict = /^CERT_HAS_EXPIRED$|SELF_SIGNED|^UNABLE_TO_/.test(code ?? '') ? 'wrong' : 'pending'
  return { verdict, detail: message }
}

/** Returns the error code of the gateway, or of the access service in front of it; empty if there is none. */
const getErrorCode = (body: JsonObject): string => {
  const code = isObject(body['error']) ? body['error']['code'] : body['code']
  return typeof code === 'string' ? code : ''
}
