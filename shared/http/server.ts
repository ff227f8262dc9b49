import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { Cancellation, type CancelSignal } from '../runtime/cancellation.ts'
import { getErrorName, type Log, type LogFields } from '../runtime/log.ts'
import { handleClientErrors } from './client-error.ts'
import type { Handler, Request } from './request.ts'
import { sendReply } from './send-reply.ts'
import { maxHeaderBytes, type ServerLimits, serverLimits } from './server-limits.ts'
import { createQueueTimer, createTiming } from './timing.ts'

/** How a handler is served. */
export interface ServeOptions {
  readonly host: string
  readonly port: number
  readonly log: Log
  /** Makes the id of a request. */
  readonly newRequestId: () => string
  /** Called after each request with the fields of its log line. */
  readonly onRequestEnd?: (fields: LogFields) => void
  /** Replaces limits of the deployed functions. */
  readonly limits?: Partial<ServerLimits>
}

/** `validate-message.ts` refuses a missing Host header, with a message, so Node must not. Repeated headers are joined,
 *  never dropped: two tokens, keys or encodings become one that is not valid. */
const parserOptions = { maxHeaderSize: maxHeaderBytes, requireHostHeader: false, joinDuplicateHeaders: true }

/** Serves a handler over HTTP, as the platform starts an HTTP function: one process, one handler, one port. If the port
 *  is in use, logs one line and ends the process. */
export const serve = (handler: Handler, options: ServeOptions): Server => {
  const { host, port, log } = options
  const limits = { ...serverLimits, ...options.limits }
  const server = createServer({ ...limits, ...parserOptions })
  server.maxHeadersCount = 0
  handleClientErrors(server, log)
  const { unreadBodyTimeout, unreadReplyTimeout } = limits
  const takeQueueMs = createQueueTimer(server)
  const context = { ...options, handler, unreadBodyTimeout, unreadReplyTimeout, takeQueueMs }
  server.on('request', (message, response) => void handleExchange(message, response, context))
  server.once('error', (error: NodeJS.ErrnoException) => {
    log('error', 'listen_failed', { host, port, cause: error.code, help: getListenHelp(error.code) })
    process.exitCode = 1
  })
  handleProcessErrors(log)
  return server.listen(port, host)
}

/** A rejected promise that a library left unhandled must not end the process and the other streams of the instance. An
 *  uncaught exception must end it. */
const handleProcessErrors = (log: Log): void => {
  if (process.listenerCount('unhandledRejection') > 0) return
  process.on('unhandledRejection', (reason) => {
    log('error', 'unhandled_rejection', { cause: getErrorName(reason) })
  })
  // Ends the process as Node would, but does not print the message and the stack, which may hold secrets.
  process.on('uncaughtException', (thrown: unknown) => {
    log('error', 'uncaught_exception', { cause: getErrorName(thrown) })
    setImmediate(() => process.exit(1))
  })
}

const getListenHelp = (code: string | undefined): string =>
  code === 'EADDRINUSE' ? 'The port is in use: stop the other program or set PORT.' : 'Check HOST and PORT.'

interface ServerContext extends ServeOptions, Pick<ServerLimits, 'unreadBodyTimeout' | 'unreadReplyTimeout'> {
  readonly handler: Handler
  /** Returns `queue_ms` of the next request. */
  readonly takeQueueMs: () => number | undefined
}

/** Handles one request and its reply, from first byte to log line. Never rejects. */
const handleExchange = async (
  message: IncomingMessage,
  response: ServerResponse,
  context: ServerContext,
): Promise<void> => {
  const startedAt = performance.now()
  const { handler, log, onRequestEnd } = context
  const { method = 'GET', headers } = message
  const { path, query } = splitTarget(message.url)
  const id = context.newRequestId()
  const fields = createRequestFields({ id, method, path }, context.takeQueueMs())
  const annotate = (added: LogFields): void => void Object.assign(fields, added)
  const signal = createClientGoneSignal(message, response)
  try {
    const timing = createTiming(fields)
    const reply = await handler({ id, method, path, query, headers, message, signal, annotate, timing })
    annotate({ status: reply.status })
    await sendReply(reply, { message, response }, context.unreadBodyTimeout)
    if (response.writableLength > 0) response.setTimeout(context.unreadReplyTimeout)
  } catch (error) {
    response.destroy()
    log('error', 'reply_failed', { request_id: id, cause: getErrorName(error) })
  }
  annotate({ duration_ms: Math.round(performance.now() - startedAt) })
  log('info', 'request', fields)
  onRequestEnd?.(fields)
}

/** Creates the fields of a request's log line. Each phase has a place from the start: V8 turns an object to which more
 *  than twelve fields are added by name into a slow dictionary, which made a log line cost three times as much. */
const createRequestFields = (
  { id, method, path }: Pick<Request, 'id' | 'method' | 'path'>,
  queueMs: number | undefined,
): LogFields => ({
  request_id: id,
  method,
  path,
  status: 0,
  duration_ms: undefined,
  queue_ms: queueMs,
  auth_ms: undefined,
  body_ms: undefined,
  route_ms: undefined,
  first_byte_ms: undefined,
  stream_ms: undefined,
  record_ms: undefined,
})

/** Splits a request target into path and query. The target may be a whole URL (RFC 9112, section 3.2.2). */
const splitTarget = (target = '/'): { readonly path: string; readonly query: string } => {
  const end = target.indexOf('?')
  const path = end < 0 ? target : target.slice(0, end)
  return { path: path.replace(/^https?:\/\/[^/]*/i, ''), query: end < 0 ? '' : target.slice(end + 1) }
}

/** Creates the signal that is aborted if the client leaves before its reply is complete. */
const createClientGoneSignal = (message: IncomingMessage, response: ServerResponse): CancelSignal => {
  const cancellation = new Cancellation()
  const onClose = (): void => {
    if (!response.writableFinished) cancellation.abort()
  }
  response.on('close', onClose)
  // A reply that waits for an earlier one of its connection gets no event when the connection closes.
  if (!response.socket) {
    message.socket.setMaxListeners(0).on('close', onClose)
    response.on('close', () => message.socket.off('close', onClose))
  }
  return cancellation
}
