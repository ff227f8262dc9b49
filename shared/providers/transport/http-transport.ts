import { type ClientRequest, type IncomingMessage, type RequestOptions, request as requestHttp } from 'node:http'
import { request as requestHttps } from 'node:https'
import { urlToHttpOptions } from 'node:url'
import { GatewayError, isGatewayError } from '../../protocol/errors.ts'
import type { CancelSignal } from '../../runtime/cancellation.ts'
import { memoizeWeak } from '../../runtime/memoize.ts'
import type { HeaderList } from '../dialect/request-headers.ts'
import { brokenResponseError, clientGoneError } from '../errors/upstream-errors.ts'
import { createAgents } from './agents.ts'
import { Deadlines, type Timeouts } from './deadlines.ts'
import { guardedLookup, rejectPrivateHost } from './ssrf-guard.ts'

export interface UpstreamRequest {
  readonly url: URL
  /** Those that the route's provider asks for; the connection's and the body's are added. */
  readonly headers: HeaderList
  readonly body: Buffer
  /** Aborts when nobody waits for the answer any more; the connection is closed at once, unless the reader of the answer
   *  has set something else (`onLeave`). */
  readonly signal: CancelSignal
  /** When the whole answer must be over, on the clock of `performance.now()`. */
  readonly endsAt: number
}

export interface NetworkOptions {
  /** Whether providers may be at private addresses. */
  readonly allowPrivate: boolean
}

/** A provider's answer: its head, its body still to be read, and the clocks that run on. */
export interface UpstreamResponse {
  readonly message: IncomingMessage
  readonly deadlines: Deadlines
  /** Why the connection was ended by us, or the answer is of use to nobody; undefined when neither is so. */
  readonly ended: () => GatewayError | undefined
  /** Sets what happens when the client leaves, in place of closing the connection at once. */
  readonly onLeave: (handle: () => void) => void
}

/** Posts to a provider.
 *  @throws ProviderUnreached, upstream_error (502), upstream_timeout (504), client_gone, gateway_misconfigured (503) for a
 *  private address */
export type Post = (request: UpstreamRequest) => Promise<UpstreamResponse>

/** The request provably did not reach the model: no connection came about, or a kept-alive one would not take all of the
 *  request any more. It can be sent again at no cost. */
export class ProviderUnreached extends GatewayError {
  constructor(cause: Error) {
    super(502, 'upstream_error', 'The provider could not be reached. Try again, or choose another model.', { cause })
  }
}

/** Posts over kept-alive connections of `node:http(s)`. Redirects are not followed and nothing is repeated. Compressed
 *  answers are not asked for, and refused: what they unpack to is anyone's guess. */
export const createTransport = (timeouts: Timeouts, { allowPrivate }: NetworkOptions): Post => {
  const pools = createAgents(allowPrivate ? {} : { lookup: guardedLookup })
  const targetOf = memoizeWeak(toConnectTarget)
  return ({ url, headers, body, signal, endsAt }) =>
    new Promise((resolve, reject) => {
      if (!allowPrivate) rejectPrivateHost(url.hostname)
      const { secure, host, hostname, port, path } = targetOf(url)
      const request = (secure ? requestHttps : requestHttp)({
        method: 'POST',
        hostname,
        port,
        path,
        agent: pools.getAgent(url),
        headers: ['host', host, ...headers, ...bodyHeaders, String(body.length)],
      })
      const leaving = watchCancel(request, signal)
      let ended: GatewayError | undefined
      const deadlines = new Deadlines(timeouts, endsAt, (error) => {
        ended = error
        request.destroy(error)
      })
      const watched = watchConnection(request, secure, deadlines)
      const fail = (cause: Error): void => {
        deadlines.stop()
        reject(ended ?? getGuardError(cause) ?? leaving.reason() ?? watched.failure(cause))
      }
      // An answer that changes the protocol closes the request, and is no error to Node.js.
      const unanswered = (): void => fail(new Error('closed without an answer'))
      request.once('close', unanswered)
      request.once('response', (message) => {
        request.off('close', unanswered)
        message.on('error', () => undefined)
        pools.readKeepAlive(message)
        if (isUncompressed(message))
          return resolve({ message, deadlines, ended: () => ended ?? leaving.reason(), onLeave: leaving.handle })
        deadlines.stop()
        message.destroy()
        reject(brokenResponseError('The provider compressed its answer, which was not asked for.'))
      })
      request.on('error', fail)
      request.end(body)
    })
}

const bodyHeaders = ['accept-encoding', 'identity', 'content-type', 'application/json', 'content-length'] as const

/** What a URL is to `node:http(s)`. */
interface ConnectTarget extends Pick<RequestOptions, 'hostname' | 'port' | 'path'> {
  readonly secure: boolean
  readonly host: string
}

const toConnectTarget = (url: URL): ConnectTarget => {
  const { hostname, port, path } = urlToHttpOptions(url)
  return { secure: url.protocol === 'https:', host: url.host, hostname, port, path }
}

const isUncompressed = ({ headers }: IncomingMessage): boolean =>
  /^(identity)?$/i.test(headers['content-encoding']?.trim() ?? '')

interface CancelHandle {
  readonly reason: () => GatewayError | undefined
  readonly handle: UpstreamResponse['onLeave']
}

/** Destroys a request when its client leaves, or does what it is told to do instead. */
const watchCancel = (request: ClientRequest, signal: CancelSignal): CancelHandle => {
  let handle = (): void => void request.destroy(clientGoneError())
  const leave = (): void => handle()
  signal.addEventListener('abort', leave)
  if (signal.aborted) leave()
  return {
    reason: () => (signal.aborted ? clientGoneError() : undefined),
    handle: (other) => {
      handle = other
    },
  }
}

/** Follows a request's connection, to tell what its failure means. The request has not arrived where the connection never
 *  stood, and where a kept-alive one failed before the system had taken all of the request: what arrived then, if anything,
 *  is half a request. A connection that takes it all and is reset at once may have been closed before, or may not. */
const watchConnection = (
  request: ClientRequest,
  secure: boolean,
  deadlines: Deadlines,
): { readonly failure: (cause: NodeJS.ErrnoException) => GatewayError } => {
  let stood = false
  let taken = false
  const connected = (): void => {
    stood = true
    deadlines.startPhase('firstByte')
  }
  request.once('socket', (socket) => {
    if (!socket.connecting) return connected()
    socket.once(secure ? 'secureConnect' : 'connect', connected)
  })
  request.once('finish', () => {
    taken = true
  })
  const isHalf = ({ syscall }: NodeJS.ErrnoException): boolean =>
    request.reusedSocket && (syscall === 'write' || !taken)
  return { failure: (cause) => (!stood || isHalf(cause) ? new ProviderUnreached(cause) : connectionLostError(cause)) }
}

/** The guarded lookup's own error, which says more than that the provider could not be reached. */
const getGuardError = (cause: Error): GatewayError | undefined => (isGatewayError(cause) ? cause : undefined)

const connectionLostError = (cause: Error): GatewayError =>
  brokenResponseError('The provider broke the connection off. Try again, or choose another model.', cause)
