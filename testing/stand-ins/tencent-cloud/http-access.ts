import { request as httpRequest, type IncomingMessage, type ServerResponse } from 'node:http'
import type { CloudState, StoredRoute } from './cloud-state.ts'
import { getMaxBodyBytes, getPageHeaders, type PlatformBehaviour, toForwardedHeaders } from './platform-behaviour.ts'
import type { RunningFunctions } from './running-functions.ts'

/** Forwards a request as the HTTP access service does: to the longest route that matches by whole segments. It strips the prefix
 *  unless the route has `EnablePathTransmission`. */
export const handleHttpAccess = async (
  state: CloudState,
  functions: RunningFunctions,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> => {
  const refuse = (status: number, code: string): void => {
    if (response.headersSent) return void response.destroy()
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify({ code, message: code }))
  }
  if (!state.accessOn) return refuse(503, 'HTTPSERVICE_NONACTIVATED')
  const { pathname } = new URL(request.url ?? '/', 'https://access')
  const route = findRoute([...state.routes.values()], pathname)
  if (!route) return refuse(404, 'INVALID_PATH')
  if (route.UpstreamResourceType === 'STATIC_STORE') return serveFile(state, pathname, response)
  if (route.UpstreamResourceType !== 'WEB_SCF') return refuse(500, 'FUNCTION_TYPE_MISMATCH')
  if (Number(request.headers['content-length'] ?? 0) > getMaxBodyBytes(request.headers, state.behaviour)) {
    request.resume()
    return refuse(413, 'EXCEED_MAX_PAYLOAD_SIZE')
  }
  if (state.behaviour.checksRules && !isOpenToAll(state, route.UpstreamResourceName)) {
    request.resume()
    return refuse(403, 'EXCEED_AUTHORITY')
  }
  try {
    const url = await functions.getUrl(route.UpstreamResourceName)
    response.once('close', functions.wake(route.UpstreamResourceName))
    forward({ state, route, request, response, refuse }, new URL(url))
  } catch {
    refuse(500, 'FUNCTION_START_FAILED')
  }
}

/** Whether the rule of a function lets everyone invoke it. */
const isOpenToAll = ({ permissions }: CloudState, name: string): boolean => {
  const rules = JSON.parse(permissions.get('function:')?.SecurityRule ?? '{}') as Record<string, { invoke?: unknown }>
  return (rules[name] ?? rules['*'])?.invoke === true
}

/** Serves a file of the static hosting by its whole path. A folder has its `index.html`. */
const serveFile = ({ hosting }: CloudState, pathname: string, response: ServerResponse): void => {
  const key = `${pathname}${pathname.endsWith('/') ? 'index.html' : ''}`.slice(1)
  const content = hosting.files.get(decodeURIComponent(key))
  response.writeHead(content ? 200 : 404).end(content)
}

interface Forwarding {
  readonly state: CloudState
  readonly route: StoredRoute
  readonly request: IncomingMessage
  readonly response: ServerResponse
  readonly refuse: (status: number, code: string) => void
}

const forward = (
  { state: { behaviour }, route, request, response, refuse }: Forwarding,
  { hostname, port }: URL,
): void => {
  const { url = '/', method, headers } = request
  const path = route.EnablePathTransmission ? url : url.slice(route.Path.length).replace(/^\/?/, '/')
  const outgoing = httpRequest({ hostname, port, method, path, headers: toForwardedHeaders(headers, behaviour) })
  if (behaviour.maxSilenceMs > 0)
    outgoing.setTimeout(behaviour.maxSilenceMs, () => outgoing.destroy(new Error('silent')))
  outgoing.once('response', (reply) => {
    reply.once('error', () => response.destroy())
    response.writeHead(reply.statusCode ?? 502, getReplyHeaders(reply, { route, behaviour, origin: headers.origin }))
    void pipeReply(reply, response, behaviour)
  })
  outgoing.once('error', () => refuse(504, 'FUNCTION_TIME_LIMIT_EXCEEDED'))
  response.once('close', () => outgoing.destroy())
  request.pipe(outgoing)
}

interface ReplyOptions {
  readonly route: StoredRoute
  readonly behaviour: PlatformBehaviour
  readonly origin: string | undefined
}

/** Returns the headers of the function, with a CORS header for a safe domain, and with the platform's own in place of
 *  the same ones. */
const getReplyHeaders = ({ rawHeaders }: IncomingMessage, { route, behaviour, origin }: ReplyOptions): string[] => {
  const own = getPageHeaders(behaviour)
  const kept = rawHeaders.flatMap((name, index) =>
    index % 2 === 0 && own[name.toLowerCase()] === undefined ? [name, rawHeaders[index + 1] ?? ''] : [],
  )
  const cors = route['EnableSafeDomain'] && origin ? ['access-control-allow-origin', origin] : []
  return [...kept, ...cors, ...Object.entries(own).flat()]
}

const pipeReply = async (
  reply: IncomingMessage,
  response: ServerResponse,
  { maxTotalMs, maxReplyBytes, buffersReplies }: PlatformBehaviour,
): Promise<void> => {
  const limit = maxTotalMs > 0 ? setTimeout(() => response.destroy(), maxTotalMs) : undefined
  const buffered: Buffer[] = []
  let bytes = 0
  try {
    for await (const piece of reply as AsyncIterable<Buffer>) {
      bytes += piece.length
      if (bytes > maxReplyBytes) return void response.destroy()
      if (buffersReplies) buffered.push(piece)
      else response.write(piece)
    }
    response.end(Buffer.concat(buffered))
  } catch {
    response.destroy()
  } finally {
    clearTimeout(limit)
  }
}

const findRoute = (routes: readonly StoredRoute[], path: string): StoredRoute | undefined =>
  routes
    .filter((route) => path === route.Path || path.startsWith(`${route.Path}/`))
    .sort((one, other) => other.Path.length - one.Path.length)[0]
