import { type ClientRequest, type IncomingMessage, type RequestOptions, request as requestHttp } from 'node:http'
import { request as requestHttps } from 'node:https'
import type { Readable } from 'node:stream'
import { urlToHttpOptions } from 'node:url'
import { GatewayError, isGatewayError } from '../../protocol/errors.ts'
import type { CancelSignal } from '../../runtime/cancellation.ts'
import { memoizeWeak } from '../../runtime/memoize.ts'
import type { HeaderList } from '../dialect/request-headers.ts'
import { brokenResponseError, clientGoneError } from '../errors/upstream-errors.ts'
import { type Agents, createAgents } from './agents.ts'
import { isPlain } from './body-encoding.ts'
import { Deadlines, type Timeouts } from './deadlines.ts'
import { guardedLookup, rejectPrivateHost } from './ssrf-guard.ts'

/** One request to a provider. */
export interface UpstreamRequest {
  readonly url: URL
  /** The headers that the target's provider needs. Those of the connection and the body are added. */
  readonly headers: HeaderList
  readonly body: Buffer
  /** Aborts when the client disconnects. The connection is then closed at once, unless the reader of the response has
   *  set another reaction (`onClientGone`). */
  readonly signal: CancelSignal
  /** Deadline of the whole response, on the clock of `performance.now()`. */
  readonly endsAt: number
  /** Whether a busy or unreached provider is called again: no other target can be. */
  readonly repeats: boolean
}

/** Limits on the addresses of providers. */
export interface NetworkOptions {
  /** Whether providers may be at private addresses. */
  readonly allowPrivate: boolean
}

/** A provider's response: its status and headers, a body that is still to be read, and deadlines that go on. */
export interface UpstreamResponse {
  readonly message: IncomingMessage
  /** The bytes of the message, decompressed if the provider compressed them. To close the connection, destroy the
   *  message. `readResponseBody` replaces it if it turns out to be encoded. */
  body: Readable
  readonly deadlines: Deadlines
  /** Why we ended the connection: a deadline passed, or the client disconnected. Returns undefined if neither
   *  happened. */
  readonly getAbortError: () => GatewayError | undefined
  /** Sets the reaction to a client that disconnects, in place of closing the connection at once. */
  readonly onClientGone: (handle: () => void) => void
}

/** Posts a request to a provider.
 *  @throws ProviderUnreached, upstream_error (502), upstream_timeout (504), client_gone, gateway_misconfigured (503)
 *  for a private address */
export type Post = (request: UpstreamRequest) => Promise<UpstreamResponse>

/** The request certainly did not reach the model: no connection was established, or a kept-alive one did not accept all
 *  of the request. It can be sent again at no cost. */
export class ProviderUnreached extends GatewayError {
  /** Whether the connection was a kept-alive one. A new one may work. */
  readonly wasKept: boolean

  constructor(cause: Error, wasKept: boolean) {
    super(502, 'upstream_error', 'The provider could not be reached. Try again, or choose another model.', {
      cause,
      failure: 'unreached',
    })
    this.wasKept = wasKept
  }
}

/** Creates a transport over kept-alive connections of `node:http(s)`. It follows no redirects and repeats nothing. It
 *  does not ask for compressed responses, and unpacks those that come all the same. */
export const createTransport = (timeouts: Timeouts, { allowPrivate }: NetworkOptions): Post => {
  const agents = createAgents(allowPrivate ? {} : { lookup: guardedLookup })
  return (upstreamRequest) =>
    new Promise((resolve, reject) => {
      const { url, body, signal, endsAt } = upstreamRequest
      if (!allowPrivate) rejectPrivateHost(url.hostname)
      const request = openRequest(upstreamRequest, agents)
      const cancel = watchCancel(request, signal)
      let timeout: GatewayError | undefined
      const deadlines = new Deadlines(timeouts, endsAt, (error) => {
        timeout = error
        request.destroy(error)
      })
      const getAbortError = (): GatewayError | undefined => timeout ?? cancel.getError()
      const connection = watchConnection(request, url.protocol === 'https:', deadlines)
      const fail = (cause: Error): void => {
        deadlines.stop()
        reject(timeout ?? getGuardError(cause) ?? cancel.getError() ?? connection.toError(cause))
      }
      // A response that changes the protocol closes the request, and Node.js emits no error.
      const onClose = (): void => fail(new Error('closed without a response'))
      request.on('close', onClose)
      request.on('response', (message) => {
        request.off('close', onClose)
        message.on('error', () => undefined)
        agents.readKeepAlive(message)
        const succeed = (body: Readable): void =>
          resolve({ message, body, deadlines, getAbortError, onClientGone: cancel.setHandler })
        if (isPlain(message.headers)) return succeed(message)
        decodeMessage(message).then(succeed, (error: unknown) => {
          deadlines.stop()
          message.destroy()
          reject(error)
        })
      })
      request.on('error', fail)
      request.end(body)
    })
}

const openRequest = ({ url, headers, body }: UpstreamRequest, agents: Agents): ClientRequest => {
  const { secure, host, hostname, port, path } = getConnectTarget(url)
  return (secure ? requestHttps : requestHttp)({
    method: 'POST',
    hostname,
    port,
    path,
    agent: agents.getAgent(url),
    headers: ['host', host, ...headers, ...bodyHeaders, String(body.length)],
  })
}

const bodyHeaders = ['accept-encoding', 'identity', 'content-type', 'application/json', 'content-length'] as const

/** The options of `node:http(s)` for a URL. */
interface ConnectTarget extends Pick<RequestOptions, 'hostname' | 'port' | 'path'> {
  readonly secure: boolean
  readonly host: string
}

const getConnectTarget = memoizeWeak((url: URL): ConnectTarget => {
  const { hostname, port, path } = urlToHttpOptions(url)
  return { secure: url.protocol === 'https:', host: url.host, hostname, port, path }
})

/** @throws upstream_error (502) for an encoding that Node.js lacks */
const decodeMessage = async (message: IncomingMessage): Promise<Readable> => {
  const { decodeBody } = await import('./decode-body.ts')
  return decodeBody(message, message.headers)
}

interface CancelWatch {
  /** The error for a client that has disconnected. Returns undefined if it is still there. */
  readonly getError: () => GatewayError | undefined
  readonly setHandler: UpstreamResponse['onClientGone']
}

/** Destroys a request when its client disconnects, or calls the handler that is set in place of that. */
const watchCancel = (request: ClientRequest, signal: CancelSignal): CancelWatch => {
  let handler = (): void => void request.destroy(clientGoneError(request.writableFinished))
  const onAbort = (): void => handler()
  signal.addEventListener('abort', onAbort)
  if (signal.aborted) onAbort()
  return {
    getError: () => (signal.aborted ? clientGoneError(request.writableFinished) : undefined),
    setHandler: (other) => {
      handler = other
    },
  }
}

/** Watches a request's connection, to classify its failure. The request did not arrive if the connection was never
 *  established, or if a kept-alive one failed before the system had accepted all of the request: at most a part of it
 *  arrived. If a connection accepts all and is reset at once, it may have been closed earlier or not. */
const watchConnection = (
  request: ClientRequest,
  secure: boolean,
  deadlines: Deadlines,
): { readonly toError: (cause: NodeJS.ErrnoException) => GatewayError } => {
  let connected = false
  let accepted = false
  const onConnect = (): void => {
    connected = true
    deadlines.startPhase('firstByte')
  }
  request.on('socket', (socket) => {
    if (!socket.connecting) return onConnect()
    socket.once(secure ? 'secureConnect' : 'connect', onConnect)
  })
  request.on('finish', () => {
    accepted = true
  })
  const isPartial = ({ syscall }: NodeJS.ErrnoException): boolean =>
    request.reusedSocket && (syscall === 'write' || !accepted)
  const isUnreached = (cause: NodeJS.ErrnoException): boolean => !connected || isPartial(cause)
  return {
    toError: (cause) =>
      isUnreached(cause) ? new ProviderUnreached(cause, request.reusedSocket) : connectionLostError(cause),
  }
}

/** The error of the guarded lookup. It is more precise than that the provider could not be reached. */
const getGuardError = (cause: Error): GatewayError | undefined => (isGatewayError(cause) ? cause : undefined)

const connectionLostError = (cause: Error): GatewayError =>
  brokenResponseError('The provider broke the connection off. Try again, or choose another model.', cause)
