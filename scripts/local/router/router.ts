import { randomUUID } from 'node:crypto'
import { createServer, request as httpRequest, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { pipeline } from 'node:stream'
import { handleClientErrors } from '../../../shared/http/client-error.ts'
import { afterReply, discardBody } from '../../../shared/http/early-reply.ts'
import type { HttpExchange } from '../../../shared/http/refuse-connection.ts'
import type { Reply } from '../../../shared/http/request.ts'
import { sendReply } from '../../../shared/http/send-reply.ts'
import { serverLimits } from '../../../shared/http/server-limits.ts'
import { validateMessage } from '../../../shared/http/validate-message.ts'
import { getEndToEndHeaders } from './end-to-end-headers.ts'
import { matchRoute, type Route, type RouteMatch } from './match-route.ts'
import { type ServedPage, servePage } from './serve-page.ts'

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
  /** The pages that browsers get, by the path at which each lies: `/`, or another one without a slash at its end. */
  readonly pages?: ReadonlyMap<string, ServedPage>
}

/** A listening router. `close` closes open connections and frees the port. */
export interface Router {
  readonly url: string
  readonly close: () => Promise<void>
}

/** As long as the proxies of the cloud keep idle connections, and longer than client pools do. */
const KEEP_ALIVE_MS = 65_000

/** As the functions parse requests (`shared/http/server.ts`). */
const parserOptions = { requireHostHeader: false, joinDuplicateHeaders: true }

/** Starts a server that works like CloudBase's HTTP access service: it finds the function by path prefix, strips the
 *  prefix unless the route passes it on, and streams both bodies. If a client leaves, it aborts the function's
 *  request. If a function ends in the middle of a response, it cuts the client's connection. If there is no
 *  function, it replies 404 or 503 with `{code, message, requestId}`. Rejects with the system's error if it cannot
 *  listen. */
export const startRouter = async (options: RouterOptions): Promise<Router> => {
  const server = createServer(
    { ...parserOptions, noDelay: true, keepAliveTimeout: KEEP_ALIVE_MS },
    (request, response) => serve(options, request, response),
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

const serve = (options: RouterOptions, message: IncomingMessage, response: ServerResponse): void => {
  const exchange = { message, response, requestId: randomUUID() }
  // The unread rest of a body would block the next request of the connection.
  response.once('finish', () => message.unpipe().resume())
  try {
    route(options, exchange)
  } catch {
    refuse(exchange, {
      status: 400,
      code: 'INVALID_REQUEST',
      message: 'This request cannot be passed on to a function. Send it with an ordinary HTTP client.',
    })
  }
}

const route = ({ routes, pages = new Map() }: RouterOptions, exchange: Exchange): void => {
  const { headers, url = '' } = exchange.message
  // The target of a request may be a whole URL.
  const requestTarget = url.replace(/^https?:\/\/[^/?]*/i, '')
  const match = matchRoute(routes, requestTarget)
  const fault = validateMessage(exchange.message)
  if (headers.upgrade?.toLowerCase() === 'websocket') {
    const message = 'The functions accept plain HTTP only. Send the request without Upgrade.'
    refuse(exchange, { status: 501, code: 'UPGRADE_NOT_SUPPORTED', message })
  } else if (fault) {
    const code = fault.status === 417 ? 'EXPECTATION_FAILED' : fault.code.toUpperCase()
    // If the bytes after the head are bad too, their error is sent, as by the functions.
    setImmediate(refuse, exchange, { status: fault.status, code, message: fault.message }, fault.options.headers)
  } else if (match) {
    forward(exchange, match)
  } else if (!serveFromPages(pages, requestTarget.split('?')[0] || '/', exchange)) {
    const message = `No route for this path. The routes are: ${routes.map(({ path }) => path).join(', ')}.`
    refuse(exchange, { status: 404, code: 'INVALID_PATH', message })
  }
}

/** The page whose path is the longest replies. Returns whether one has. */
const serveFromPages = (
  pages: ReadonlyMap<string, ServedPage>,
  path: string,
  { message, response }: Exchange,
): boolean => {
  const places = [...pages.keys()].sort((one, other) => other.length - one.length)
  const place = places.find((each) => each === '/' || path === each || path.startsWith(`${each}/`))
  const page = pages.get(place ?? '')
  if (place === undefined || !page) return false
  // Relative addresses begin at the last slash.
  if (place !== '/' && path === place) response.writeHead(308, { location: `${place}/` }).end()
  else return servePage(page, place === '/' ? path : path.slice(place.length), message, response)
  return true
}

interface Exchange extends HttpExchange {
  readonly requestId: string
}

const forward = (exchange: Exchange, { target, requestTarget }: RouteMatch<Target>): void => {
  const { message: request, response, requestId } = exchange
  // Only the platform may name users in this header, so a client's copy is dropped.
  const { 'x-cloudbase-context': _, ...headers } = getEndToEndHeaders(request)
  const outgoing = httpRequest({
    // A new connection each time: an old one could belong to an instance that has ended.
    agent: false,
    host: target.host,
    port: target.port,
    method: request.method ?? 'GET',
    path: requestTarget,
    headers: {
      ...headers,
      ...getFraming(request),
      'x-forwarded-for': [headers['x-forwarded-for'] ?? [], request.socket.remoteAddress ?? []].flat().join(', '),
      'x-scf-request-id': requestId,
    },
  })
  outgoing.setNoDelay(true)
  outgoing.once('response', (incoming) => relay(incoming, exchange))
  outgoing.on('error', () => {
    request.unpipe(outgoing)
    // After the response has begun, its end shows whether it is whole.
    if (response.headersSent) return
    const message =
      'The function is not running, or it ended during the request. The local gateway restarts it. Try again.'
    refuse(exchange, { status: 503, code: 'FUNCTION_UNAVAILABLE', message })
  })
  response.once('close', () => outgoing.destroy())
  if (hasBody(request)) outgoing.flushHeaders()
  request.pipe(outgoing)
}

const relay = (incoming: IncomingMessage, { message, response }: Exchange): void => {
  try {
    response.writeHead(incoming.statusCode ?? 502, incoming.statusMessage, getEndToEndHeaders(incoming))
  } catch {
    response.destroy()
    return
  }
  response.flushHeaders()
  // Writes each piece as it arrives, waits for slow clients, and destroys the client's socket if the response is cut.
  if (message.complete) pipeline(incoming, response, () => undefined)
  else
    pipeline(
      incoming,
      (pieces) => endAfterBody(pieces, message),
      response,
      () => undefined,
    )
}

/** Ends a response only when the rest of its request has been read, so that a client that is still sending gets it. */
const endAfterBody = async function* (response: AsyncIterable<Buffer>, request: IncomingMessage) {
  yield* response
  request.unpipe()
  await discardBody(request, { ...afterReply, maxMs: serverLimits.unreadBodyTimeout })
}

const hasBody = ({ headers }: IncomingMessage): boolean =>
  headers['transfer-encoding'] !== undefined || headers['content-length'] !== undefined

const getFraming = ({ headers }: IncomingMessage): Record<string, string> =>
  headers['transfer-encoding'] === undefined ? {} : { 'transfer-encoding': 'chunked' }

interface Refusal {
  readonly status: number
  readonly code: string
  readonly message: string
}

const refuse = (exchange: Exchange, { status, ...body }: Refusal, added: Reply['headers'] = {}): void => {
  const { requestId } = exchange
  const headers = { 'content-type': 'application/json; charset=utf-8', 'x-request-id': requestId, ...added }
  const reply = { status, headers, body: JSON.stringify({ ...body, requestId }) }
  sendReply(reply, exchange, serverLimits.unreadBodyTimeout).catch(() => exchange.response.destroy())
}
