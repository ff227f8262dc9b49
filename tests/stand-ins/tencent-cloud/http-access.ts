import { request as httpRequest, type IncomingMessage, type ServerResponse } from 'node:http'
import type { CloudState, StoredRoute } from './cloud-state.ts'
import type { RunningFunctions } from './running-functions.ts'

/** Answers as the HTTP access service does: the longest route that matches by whole segments, its prefix stripped unless the route
 *  transmits paths. */
export const answerHttpAccess = async (
  state: CloudState,
  functions: RunningFunctions,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> => {
  const refuse = (status: number, code: string): void => {
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify({ code, message: code }))
  }
  if (!state.accessOn) return refuse(503, 'HTTPSERVICE_NONACTIVATED')
  const { pathname } = new URL(request.url ?? '/', 'https://access')
  const route = matching([...state.routes.values()], pathname)
  if (!route) return refuse(404, 'INVALID_PATH')
  if (route.UpstreamResourceType !== 'WEB_SCF') return refuse(500, 'FUNCTION_TYPE_MISMATCH')
  try {
    const url = new URL(await functions.urlOf(route.UpstreamResourceName))
    const target = route.EnablePathTransmission ? request.url : (request.url ?? '/').slice(route.Path.length) || '/'
    const { host: _, ...headers } = request.headers
    const outgoing = httpRequest({ host: url.hostname, port: url.port, method: request.method, path: target, headers })
    outgoing.once('response', (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers)
      answer.pipe(response)
    })
    outgoing.once('error', () => refuse(502, 'FUNCTION_UNAVAILABLE'))
    request.pipe(outgoing)
  } catch {
    refuse(500, 'FUNCTION_START_FAILED')
  }
}

const matching = (routes: readonly StoredRoute[], path: string): StoredRoute | undefined =>
  routes
    .filter((route) => path === route.Path || path.startsWith(`${route.Path}/`))
    .sort((one, other) => other.Path.length - one.Path.length)[0]
