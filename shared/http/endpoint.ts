import type { IncomingMessage } from 'node:http'
import { GatewayError, toGatewayError, toErrorBody as toOpenAIErrorBody } from '../protocol/errors.ts'
import type { Log } from '../runtime/log.ts'
import type { Redactor } from '../runtime/redactor.ts'
import { type CorsOptions, getCorsHeaders, getPreflightHeaders } from './cors.ts'
import { type Handler, jsonReply, type Reply, type Request } from './request.ts'
import { maxHeaders } from './server-limits.ts'

/** Creates the body of an error reply. `requestId` is the value of the header `x-request-id`. */
export type ToErrorBody = (error: GatewayError, requestId: string, redactor: Redactor) => object

/** An endpoint's routes and replies. */
export interface EndpointOptions {
  /** Several, if the handler only refuses the others. */
  readonly method: 'GET' | 'POST' | 'DELETE' | 'GET, POST'
  /** Whether a path belongs to this endpoint (`http/path.ts`). */
  readonly serves: (path: string) => boolean
  readonly cors: CorsOptions
  readonly log: Log
  readonly redactor: Redactor
  /** Default: the error of OpenAI's API. */
  readonly toErrorBody?: ToErrorBody | undefined
}

/** Wraps a handler with the parts that all endpoints share: preflights, checks of method and path, and the one place where
 *  errors become replies. Each reply gets the headers `x-request-id` and CORS, those to the administrator `server-timing`.
 *  The result never rejects. */
export const endpoint =
  (options: EndpointOptions, handler: Handler): Handler =>
  async (request) => {
    const { status, headers: own, body } = await handleRequest(options, handler, request)
    const cors = getCorsHeaders(options.cors, request.headers)
    const headers: Record<string, string> = { ...own, ...cors, 'x-request-id': request.id }
    const serverTiming = request.timing.toHeader()
    if (serverTiming !== undefined) headers['server-timing'] = serverTiming
    return { status, headers, body }
  }

const handleRequest = async (options: EndpointOptions, handler: Handler, request: Request): Promise<Reply> => {
  const { method } = options
  try {
    if (!isPlainRequest(request.message)) await rejectInvalidMessage(request.message)
    if (request.method === 'OPTIONS') {
      return { status: 204, headers: getPreflightHeaders(options.cors, request.headers, method), body: '' }
    }
    if (!options.serves(request.path)) await rejectUrl(request)
    if (!acceptsMethod(method, request.method)) throw methodNotAllowedError(method)
    return await handler(request)
  } catch (thrown) {
    return toErrorReply(thrown, request, options)
  }
}

const rejectInvalidMessage = async (message: IncomingMessage): Promise<void> => {
  const { validateMessage } = await import('./validate-message.ts')
  const fault = validateMessage(message)
  if (fault) throw fault
}

const rejectUrl = async (request: Request): Promise<never> => {
  const { createUnknownUrlError } = await import('./unknown-url.ts')
  throw createUnknownUrlError(request)
}

const acceptsMethod = (served: string, method: string): boolean =>
  method === served || (served === 'GET' && method === 'HEAD')

const methodNotAllowedError = (method: string): GatewayError =>
  new GatewayError(405, 'method_not_allowed', `This endpoint takes ${method} requests only.`, {
    headers: { allow: `${method}, OPTIONS` },
  })

const toErrorReply = (thrown: unknown, request: Request, options: EndpointOptions): Reply => {
  const { log, redactor, toErrorBody = toOpenAIErrorBody } = options
  const error = toGatewayError(thrown)
  request.annotate({ error_code: error.code, ...error.options.log })
  if (error.status >= 500) {
    const fields = { request_id: request.id, error_code: error.code, cause: getCauseName(error), ...error.options.log }
    log(providerFailureCode.test(error.code) ? 'warn' : 'error', 'request_failed', fields)
  }
  const reply = jsonReply(toErrorBody(error, request.id, redactor), error.status)
  return { ...reply, headers: { ...reply.headers, ...error.options.headers } }
}

/** Failures of a provider, which may happen at any time and are logged as warnings. All others are ours to repair. */
const providerFailureCode = /^upstream_(error|timeout|unavailable)$/

/** Returns name and code of an error's cause. Its message stays out of the log, because it may quote a secret or a
 *  prompt. */
const getCauseName = ({ cause }: Error): string | undefined => {
  if (!(cause instanceof Error)) return undefined
  return 'code' in cause ? `${cause.name} ${String(cause.code)}` : cause.name
}

/** Whether a message needs no further checks, as nearly all do. The others are checked by `validate-message.ts`, loaded
 *  on demand. */
export const isPlainRequest = ({ headers, rawHeaders, httpVersion, url }: IncomingMessage): boolean =>
  httpVersion === '1.1' &&
  url?.startsWith('/') === true &&
  headers.host?.includes(',') === false &&
  rawHeaders.length <= 2 * maxHeaders &&
  !rareHeaders.some((name) => name in headers)

/** Headers that few requests have and `validate-message.ts` checks. */
const rareHeaders = ['transfer-encoding', 'expect', 'upgrade']
