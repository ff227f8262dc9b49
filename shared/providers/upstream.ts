import { Agent as HttpAgent, type IncomingMessage, request as requestHttp } from 'node:http'
import { Agent as HttpsAgent, request as requestHttps } from 'node:https'
import type { Socket } from 'node:net'
import { GatewayError } from '../protocol/errors.ts'
import { Deadlines, type Timeouts } from './deadlines.ts'
import { guardedLookup, refusePrivateHost } from './guarded-lookup.ts'

export interface UpstreamRequest {
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
  /** Aborts when nobody waits for the answer any more; the connection is closed at once. */
  readonly signal: AbortSignal
}

export interface UpstreamOptions {
  /** Whether providers may be at private addresses. */
  readonly allowPrivate: boolean
}

/** A provider's answer: its head, its body still to be read, and the clocks that run on. */
export interface UpstreamResponse {
  readonly message: IncomingMessage
  readonly deadlines: Deadlines
  /** Why the connection was ended by us; undefined when it was not. */
  readonly ended: () => GatewayError | undefined
}

/** Posts to a provider.
 *  @throws upstream_error (502), upstream_timeout (504), client_gone, gateway_misconfigured (503) for a private address */
export type Post = (request: UpstreamRequest) => Promise<UpstreamResponse>

/** Posts over kept-alive connections of `node:http(s)`. Redirects are not followed and nothing is retried.
 *  Compressed answers are not asked for. */
export const upstream = (timeouts: Timeouts, { allowPrivate }: UpstreamOptions): Post => {
  const connection = { keepAlive: true, ...(!allowPrivate && { lookup: guardedLookup }) }
  const agents = { 'http:': new HttpAgent(connection), 'https:': new HttpsAgent(connection) }
  return ({ url: address, headers, body, signal }) =>
    new Promise((resolve, reject) => {
      const url = new URL(address)
      if (!allowPrivate) refusePrivateHost(url.hostname)
      const secure = url.protocol === 'https:'
      const request = (secure ? requestHttps : requestHttp)(url, {
        method: 'POST',
        agent: secure ? agents['https:'] : agents['http:'],
        headers: {
          ...headers,
          'content-type': 'application/json',
          'content-length': Buffer.byteLength(body),
          'accept-encoding': 'identity',
        },
        signal,
      })
      let ended: GatewayError | undefined
      const deadlines = new Deadlines(timeouts, (error) => {
        ended = error
        request.destroy(error)
      })
      request.once('socket', (socket) => awaitConnection(socket, secure, deadlines))
      request.once('response', (message) => resolve({ message, deadlines, ended: () => ended }))
      request.on('error', (cause) => {
        deadlines.stop()
        reject(ended ?? refusalIn(cause) ?? (signal.aborted ? clientGone() : unreachable(cause)))
      })
      request.end(body)
    })
}

const awaitConnection = (socket: Socket, secure: boolean, deadlines: Deadlines): void => {
  deadlines.enter(socket.connecting ? 'connect' : 'firstByte')
  if (socket.connecting) socket.once(secure ? 'secureConnect' : 'connect', () => deadlines.enter('firstByte'))
}

/** The guarded lookup's own error, which says more than that the provider could not be reached. */
const refusalIn = (cause: Error): GatewayError | undefined => (cause instanceof GatewayError ? cause : undefined)

/** Nobody is left to read the answer; the status is seen by the log alone. */
export const clientGone = (): GatewayError =>
  new GatewayError(499, 'client_gone', 'The client left before its answer was complete.')

const unreachable = (cause: Error): GatewayError =>
  new GatewayError(502, 'upstream_error', 'The provider could not be reached. Try again, or choose another model.', {
    cause,
  })
