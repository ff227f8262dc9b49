import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { Cancellation } from '../runtime/cancellation.ts'
import type { Log, LogFields } from '../runtime/log.ts'
import { handleClientErrors } from './client-error.ts'
import type { Handler, Reply, Request } from './request.ts'
import { maxHeaderBytes, type ServerLimits, serverLimits } from './server-limits.ts'
import { createFirstLogFields, createTiming } from './timing.ts'

export interface ServeOptions {
  readonly host: string
  readonly port: number
  readonly log: Log
  /** Makes the id of a request. */
  readonly newRequestId: () => string
  /** Where they differ from those of the deployed functions. */
  readonly limits?: Partial<ServerLimits>
}

/** A missing Host header is refused where the other faults of a message are, in words. Headers that come twice are joined, never
 *  dropped: two tokens, keys or encodings make one that is none. */
const parserOptions = { maxHeaderSize: maxHeaderBytes, requireHostHeader: false, joinDuplicateHeaders: true }

/** Serves a handler over HTTP, as the platform starts an HTTP function: one process, one handler, one port.
 *  A port in use ends the process with one line that says so. */
export const serve = (handler: Handler, options: ServeOptions): Server => {
  const { host, port, log, newRequestId } = options
  const limits = { ...serverLimits, ...options.limits }
  const server = createServer({ ...limits, ...parserOptions })
  server.maxHeadersCount = 0
  handleClientErrors(server, log)
  const { unreadReplyTimeout } = limits
  const context = { handler, log, newRequestId, unreadReplyTimeout, logFields: createFirstLogFields(server) }
  server.on('request', (message, response) => void handleExchange(message, response, context))
  server.once('error', (error: NodeJS.ErrnoException) => {
    log('error', 'listen_failed', { host, port, cause: error.code, help: listenHelp(error.code) })
    process.exitCode = 1
  })
  handleProcessErrors(log)
  return server.listen(port, host)
}

/** A promise that some library forgot must not end the process, and with it the other streams of this instance; what was thrown
 *  and is caught nowhere must. */
const handleProcessErrors = (log: Log): void => {
  if (process.listenerCount('unhandledRejection') > 0) return
  process.on('unhandledRejection', (reason) => {
    log('error', 'unhandled_rejection', { cause: getErrorName(reason) })
  })
  // The process ends as it would by itself, but without printing a message and a stack that may hold anything.
  process.on('uncaughtException', (thrown: unknown) => {
    log('error', 'uncaught_exception', { cause: getErrorName(thrown) })
    setImmediate(() => process.exit(1))
  })
}

const getErrorName = (thrown: unknown): string => (thrown instanceof Error ? thrown.name : typeof thrown)

const listenHelp = (code: string | undefined): string =>
  code === 'EADDRINUSE' ? 'The port is in use: stop the other program or set PORT.' : 'Check HOST and PORT.'

interface ServerContext extends Pick<ServeOptions, 'log' | 'newRequestId'>, Pick<ServerLimits, 'unreadReplyTimeout'> {
  readonly handler: Handler
  /** What the log line of the next request begins with. */
  readonly logFields: () => LogFields
}

/** One request and its reply, from first byte to log line. It never rejects. */
const handleExchange = async (
  message: IncomingMessage,
  response: ServerResponse,
  context: ServerContext,
): Promise<void> => {
  const startedAt = performance.now()
  const { handler, log } = context
  const request = toRequest(message, response, context)
  try {
    const reply = await handler(request)
    request.log['status'] = reply.status
    await sendReply(reply, response)
    if (response.writableLength > 0) response.setTimeout(context.unreadReplyTimeout)
  } catch (error) {
    response.destroy()
    log('error', 'reply_failed', { request_id: request.id, cause: error instanceof Error ? error.name : '' })
  }
  request.log['duration_ms'] = Math.round(performance.now() - startedAt)
  log('info', 'request', request.log)
}

const toRequest = (message: IncomingMessage, response: ServerResponse, context: ServerContext): Request => {
  const gone = new Cancellation()
  const left = (): void => {
    if (!response.writableFinished) gone.abort()
  }
  response.once('close', left)
  // A reply that waits for an earlier one of its connection does not hear of the connection's end.
  if (!response.socket) {
    message.socket.setMaxListeners(0).once('close', left)
    response.once('close', () => message.socket.off('close', left))
  }
  const { url = '/', method = 'GET', headers } = message
  const query = url.indexOf('?')
  const path = getPath(query < 0 ? url : url.slice(0, query))
  const id = context.newRequestId()
  const log: LogFields = { request_id: id, method, path, status: 0, duration_ms: undefined, ...context.logFields() }
  return {
    id,
    method,
    path,
    query: query < 0 ? '' : url.slice(query + 1),
    headers,
    message,
    signal: gone,
    log,
    timing: createTiming(log),
  }
}

/** The path of a request target, which may be a whole URL (RFC 9112, section 3.2.2). */
const getPath = (target: string): string => target.replace(/^https?:\/\/[^/]*/i, '')

const sendReply = async ({ status, headers, body }: Reply, response: ServerResponse): Promise<void> => {
  if (typeof body !== 'function') {
    const length = status === 204 ? {} : { 'content-length': Buffer.byteLength(body) }
    response.writeHead(status, { ...headers, ...length }).end(body)
    return
  }
  response.writeHead(status, headers)
  await body(response)
}
