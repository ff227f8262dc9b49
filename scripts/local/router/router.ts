import { randomUUID } from 'node:crypto'
import { createServer, request as httpRequest, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { pipeline } from 'node:stream'
import { handleClientErrors } from '../../../shared/http/client-error.ts'
import { getEndToEndHeaders } from './end-to-end-headers.ts'
import { matchRoute, type Route } from './match-route.ts'

/** Where a function listens. Read at each request, so a function may come back on another port. */
export interface Target {
  readonly host: string
  readonly port: number
}

/** What {@link startRouter} needs; `port` 0 takes a free one. */
export interface RouterOptions {
  readonly host: string
  readonly port: number
  readonly routes: readonly Route<Target>[]
}

/** A listening router. `close` cuts open connections and frees the port. */
export interface Router {
  readonly url: string
  readonly close: () => Promise<void>
}

/** As long as the proxies of the cloud keep idle connections, and longer than clients' pools do. */
const KEEP_ALIVE_MS = 65_000

/**
 * Starts a server that does what CloudBase's HTTP access service does: finds the function by path prefix, strips the
 * prefix unless the route passes it on, and lets both bodies through as they come. A client that leaves aborts the
 * function's request; a function that dies mid-answer cuts the client's connection. No function to ask: 404 or 503
 * as `{code, message, requestId}`. Rejects with the system's error when it cannot listen.
 */
export const startRouter = async (options: RouterOptions): Promise<Router> => {
  const server = createServer({ noDelay: true, keepAliveTimeout: KEEP_ALIVE_MS }, (request, response) =>
    serve(options.routes, request, response),
  )
  // What is no request is refused as the functions would refuse it: with a body and an id.
  handleClientErrors(server, () => undefined)
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(options.port, options.host, resolve)
  })
  const { port } = server.address() as AddressInfo
  return {
    url: `http://${options.host.includes(':') ? `[${options.host}]` : options.host}:${port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

const serve = (routes: readonly Route<Target>[], request: IncomingMessage, response: ServerResponse): void => {
  const requestId = randomUUID()
  const match = matchRoute(routes, request.url ?? '')
  // Left unread, the rest of a body would block the connection's next request.
  response.once('finish', () => request.unpipe().resume())
  if (!match) {
    const message = `No route for this path. There are: ${routes.map(({ path }) => path).join(', ')}.`
    refuse(response, { status: 404, code: 'INVALID_PATH', message, requestId })
  } else if (request.headers.upgrade?.toLowerCase() === 'websocket') {
    const message = 'The functions answer plain HTTP only: send the request without Upgrade.'
    refuse(response, { status: 501, code: 'UPGRADE_NOT_SUPPORTED', message, requestId })
  } else if (!/^100-continue$/i.test(request.headers.expect ?? '100-continue')) {
    const message = "The only expectation supported here is '100-continue'. Send the request without Expect."
    refuse(response, { status: 417, code: 'EXPECTATION_FAILED', message, requestId })
  } else {
    forward({ request, response, requestId, ...match })
  }
}

interface Exchange {
  readonly request: IncomingMessage
  readonly response: ServerResponse
  readonly requestId: string
  readonly target: Target
  readonly requestTarget: string
}

const forward = ({ request, response, requestId, target, requestTarget }: Exchange): void => {
  // Only the platform names users in this header: a client's own copy does not get through.
  const { 'x-cloudbase-context': _, ...headers } = getEndToEndHeaders(request)
  const outgoing = httpRequest({
    // A connection of its own: one kept from before could belong to an instance that is gone.
    agent: false,
    host: target.host,
    port: target.port,
    method: request.method ?? 'GET',
    path: requestTarget,
    headers: { ...headers, ...getFraming(request), 'x-scf-request-id': requestId },
  })
  outgoing.setNoDelay(true)
  outgoing.once('response', (answer) => relay(answer, response))
  outgoing.on('error', () => {
    // Once the answer has begun, its own end says whether it is whole.
    if (response.headersSent) return
    const message = 'The function is not running or broke off. The local gateway starts it again: try once more.'
    refuse(response, { status: 503, code: 'FUNCTION_UNAVAILABLE', message, requestId })
  })
  response.once('close', () => outgoing.destroy())
  if (hasBody(request)) outgoing.flushHeaders()
  request.pipe(outgoing)
}

const relay = (answer: IncomingMessage, response: ServerResponse): void => {
  response.writeHead(answer.statusCode ?? 502, answer.statusMessage, getEndToEndHeaders(answer))
  response.flushHeaders()
  // Writes each piece as it comes, waits for slow clients, and destroys the client's socket when the answer is cut.
  pipeline(answer, response, () => undefined)
}

const hasBody = ({ headers }: IncomingMessage): boolean =>
  headers['transfer-encoding'] !== undefined || headers['content-length'] !== undefined

const getFraming = ({ headers }: IncomingMessage): Record<string, string> =>
  headers['transfer-encoding'] === undefined ? {} : { 'transfer-encoding': 'chunked' }

interface Refusal {
  readonly status: number
  readonly code: string
  readonly message: string
  readonly requestId: string
}

const refuse = (response: ServerResponse, { status, ...body }: Refusal): void => {
  response.writeHead(status, { 'content-type': 'application/json; charset=utf-8', 'x-request-id': body.requestId })
  response.end(JSON.stringify(body))
}
