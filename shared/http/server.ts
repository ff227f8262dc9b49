import { randomUUID } from 'node:crypto'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { Log, LogFields } from '../protocol/log.ts'
import { readText } from './body.ts'
import type { Handler, Reply, Request } from './request.ts'
import { logFieldsOf, timingOf } from './timing.ts'

export interface ServeOptions {
  readonly host: string
  readonly port: number
  /** Largest request body accepted, in bytes. */
  readonly maxBodyBytes: number
  readonly log: Log
}

/** Serves a handler over HTTP, as the platform starts an HTTP function: one process, one handler, one port.
 *  A port in use ends the process with one line that says so. */
export const serve = (handler: Handler, options: ServeOptions): Server => {
  const { host, port, log } = options
  const server = createServer({ headersTimeout: 10_000, requestTimeout: 60_000, keepAliveTimeout: 65_000 })
  const context = { ...options, handler, logFields: logFieldsOf(server) }
  server.on('request', (message, response) => void exchange(message, response, context))
  server.once('error', (error: NodeJS.ErrnoException) => {
    log('error', 'listen_failed', { host, port, cause: error.code, help: listenHelp(error.code) })
    process.exitCode = 1
  })
  outliveRejections(log)
  return server.listen(port, host)
}

/** A promise that some library forgot must not end the process, and with it the other streams of this instance. */
const outliveRejections = (log: Log): void => {
  if (process.listenerCount('unhandledRejection') > 0) return
  process.on('unhandledRejection', (reason) => {
    log('error', 'unhandled_rejection', { cause: reason instanceof Error ? reason.name : typeof reason })
  })
}

const listenHelp = (code: string | undefined): string =>
  code === 'EADDRINUSE' ? 'The port is in use: stop the other program or set PORT.' : 'Check HOST and PORT.'

interface Context extends ServeOptions {
  readonly handler: Handler
  readonly logFields: () => LogFields
}

/** One request and its reply, from first byte to log line. It never rejects. */
const exchange = async (message: IncomingMessage, response: ServerResponse, context: Context): Promise<void> => {
  const startedAt = performance.now()
  const { handler, log } = context
  const request = requestOf(message, response, context)
  let status = 0
  try {
    const reply = await handler(request)
    status = reply.status
    await send(reply, response)
  } catch (error) {
    response.destroy()
    log('error', 'reply_failed', { request_id: request.id, cause: error instanceof Error ? error.name : '' })
  }
  log('info', 'request', {
    request_id: request.id,
    method: request.method,
    path: request.path,
    status,
    duration_ms: Math.round(performance.now() - startedAt),
    ...request.log,
  })
}

const requestOf = (
  message: IncomingMessage,
  response: ServerResponse,
  { maxBodyBytes, logFields }: Context,
): Request => {
  const gone = new AbortController()
  response.once('close', () => {
    if (!response.writableFinished) gone.abort()
  })
  const { url = '/', method = 'GET', headers } = message
  const query = url.indexOf('?')
  const log = logFields()
  return {
    id: randomUUID(),
    method,
    path: query < 0 ? url : url.slice(0, query),
    query: new URLSearchParams(query < 0 ? '' : url.slice(query)),
    headers,
    signal: gone.signal,
    text: () => readText(message, maxBodyBytes),
    log,
    timing: timingOf(log),
  }
}

const send = async ({ status, headers, body }: Reply, response: ServerResponse): Promise<void> => {
  if (typeof body !== 'function') {
    const length = status === 204 ? {} : { 'content-length': Buffer.byteLength(body) }
    response.writeHead(status, { ...headers, ...length }).end(body)
    return
  }
  response.writeHead(status, headers)
  await body(response)
}
