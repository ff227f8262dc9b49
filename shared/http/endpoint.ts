import type { IncomingMessage } from 'node:http'
import { asGatewayError, errorBody, GatewayError } from '../protocol/errors.ts'
import type { Log } from '../runtime/log.ts'
import type { Redactor } from '../runtime/redactor.ts'
import { type CorsOptions, corsHeaders, preflightHeaders } from './cors.ts'
import { type Handler, jsonReply, type Reply, type Request } from './request.ts'
import { maxHeaders } from './server-limits.ts'
import { serverTiming } from './timing.ts'

export interface EndpointOptions {
  readonly method: 'GET' | 'POST'
  /** Whether a path is this endpoint's (`http/path.ts`). */
  readonly serves: (path: string) => boolean
  readonly cors: CorsOptions
  readonly log: Log
  readonly redactor: Redactor
}

/** Puts around a handler what every endpoint has in common: preflights, method and path checks, the one place where
 *  errors become replies, `x-request-id` and CORS headers on every reply, `server-timing` on the administrator's. It never
 *  throws. */
export const endpoint =
  (options: EndpointOptions, handler: Handler): Handler =>
  async (request) => {
    const { status, headers: own, body } = await answer(options, handler, request)
    const headers = { ...own, ...corsHeaders(options.cors, request.headers), 'x-request-id': request.id }
    if (!request.timing.isShown()) return { status, headers, body }
    return { status, headers: { ...headers, 'server-timing': serverTiming(request.log) }, body }
  }

const answer = async (options: EndpointOptions, handler: Handler, request: Request): Promise<Reply> => {
  const { method } = options
  try {
    if (!isOrdinary(request.message)) await refuseFaults(request.message)
    if (request.method === 'OPTIONS') {
      return { status: 204, headers: preflightHeaders(options.cors, request.headers, method), body: '' }
    }
    if (!options.serves(request.path)) throw unknownUrl(request)
    if (!accepts(method, request.method)) throw methodNotAllowed(method)
    return await handler(request)
  } catch (thrown) {
    return errorReply(thrown, request, options)
  }
}

const refuseFaults = async (message: IncomingMessage): Promise<void> => {
  const { messageFault } = await import('./validate-message.ts')
  const fault = messageFault(message)
  if (fault) throw fault
}

const accepts = (method: string, given: string): boolean => given === method || (method === 'GET' && given === 'HEAD')

const unknownUrl = ({ method }: Request): GatewayError =>
  new GatewayError(
    404,
    'unknown_url',
    `There is no such URL for ${method} here. The endpoints are listed in the README.`,
  )

const methodNotAllowed = (method: string): GatewayError =>
  new GatewayError(405, 'method_not_allowed', `This endpoint takes ${method} requests only.`, {
    headers: { allow: `${method}, OPTIONS` },
  })

const errorReply = (thrown: unknown, request: Request, { log, redactor }: EndpointOptions): Reply => {
  const error = asGatewayError(thrown)
  Object.assign(request.log, { error_code: error.code, ...error.options.log })
  if (error.status >= 500) {
    const fields = { request_id: request.id, error_code: error.code, cause: causeOf(error), ...error.options.log }
    log(isProviderFailure.test(error.code) ? 'warn' : 'error', 'request_failed', fields)
  }
  const reply = jsonReply(errorBody(error, request.id, redactor), error.status)
  return { ...reply, headers: { ...reply.headers, ...error.options.headers } }
}

/** What a provider may do at any time; the others are ours to mend. */
const isProviderFailure = /^upstream_(error|timeout)$/

/** The kind of an error's cause; its message stays out of the log, because it may quote what it choked on. */
const causeOf = ({ cause }: Error): string | undefined => {
  if (!(cause instanceof Error)) return undefined
  return 'code' in cause ? `${cause.name} ${String(cause.code)}` : cause.name
}

/** Whether a message is like nearly all others; the rest deserve a closer look, for which more is loaded. */
export const isOrdinary = ({ headers, rawHeaders, httpVersion, url }: IncomingMessage): boolean =>
  httpVersion === '1.1' &&
  url?.startsWith('/') === true &&
  headers.host?.includes(',') === false &&
  rawHeaders.length <= 2 * maxHeaders &&
  !rare.some((name) => name in headers)

const rare = ['transfer-encoding', 'expect', 'upgrade']
