import { randomUUID } from 'node:crypto'
import { createServer, request as httpRequest, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { pipeline } from 'node:stream'
import { handleClientErrors } from '../../../shared/http/client-error.ts'
import { getEndToEndHeaders } from './end-to-end-headers.ts'
import { matchRoute, type Route } from './match-route.ts'

/** The address of a function. Read at each request, because a function may restart on another port. */
export interface Target {
  readonly host: string
  readonly port: number
}

/** The options of {@link startRouter}. `port` 0 takes a free one. */
export interface RouterOptions {
  readonly host: string
  readonly port: number
  readonly routes: readonly Route<Target>[]
}

/** A listening router. `close` closes open connections and frees the port. */
export interface Router {
  readonly url: string
  readonly close: () => Promise<void>
}

/** As long as the proxies of the cloud keep idle connections, and longer than client pools do. */
const KEEP_ALIVE_MS = 65_000

/** Starts a server that works like CloudBase's HTTP access service: it finds the function by path prefix, strips the
 *  prefix unless the route passes it on, and streams both bodies. If a client leaves, it aborts the function's
 *  request. If a function ends in the middle of a response, it cuts the client's connection. If there is no
 *  function, it replies 404 or 503 with `{code, message, requestId}`. Rejects with the system's error if it cannot
 *  listen. */
export const startRouter = async (options: RouterOptions): Promise<Router> => {
  const server = createServer({ noDelay: true, keepAliveTimeout: KEEP_ALIVE_MS }, (request, response) =>
    serve(options.routes, request, response),
  )
  // Rejects invalid HTTP as the functions would: with a body and an id.
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
  // The unread rest of a body would block the next request of the connection.
  response.once('finish', () => request.unpipe().resume())
  if (!match) {
    const message = `No route for this path. The routes are: ${routes.map(({ path }) => path).join(', ')}.`
    refuse(response, { status: 404, code: 'INVALID_PATH', message, requestId })
  } else if (request.headers.upgrade?.toLowerCase() === 'websocket') {
    const message = 'The functions accept plain HTTP only. Send the request without Upgrade.'
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
  // Only the platform may name users in this header, so a client's copy is dropped.
  const { 'x-cloudbase-context': _, ...headers } = getEndToEndHeaders(request)
  const outgoing = httpRequest({
    // A new connection each time: an old one could belong to an instance that has ended.
    agent: false,
    host: target.host,
    port: target.port,
    method: request.method ?? 'GET',
    path: requestTarget,
    headers: { ...headers, ...getFraming(request), 'x-scf-request-id': requestId },
  })
  outgoing.setNoDelay(true)
  outgoing.once('response', (incoming) => relay(incoming, response))
  outgoing.on('error', () => {
    // After the response has begun, its end shows whether it is whole.
    if (response.headersSent) return
    const message =
      'The function is not running, or it ended during the request. The local gateway restarts it. Try again.'
    refuse(response, { status: 503, code: 'FUNCTION_UNAVAILABLE', message, requestId })
  })
  response.once('close', () => outgoing.destroy())
  if (hasBody(request)) outgoing.flushHeaders()
  request.pipe(outgoing)
}

const relay = (incoming: IncomingMessage, response: ServerResponse): void => {
  response.writeHead(incoming.statusCode ?? 502, incoming.statusMessage, getEndToEndHeaders(incoming))
  response.flushHeaders()
  // Writes each piece as it arrives, waits for slow clients, and destroys the client's socket if the response is cut.
  pipeline(incoming, response, () => undefined)
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
