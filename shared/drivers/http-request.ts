import { type IncomingMessage, request as requestHttp } from 'node:http'
import { request as requestHttps } from 'node:https'
import type { LookupFunction } from 'node:net'
import { timeoutError } from '../runtime/timeout.ts'
import { lostConnectionCodes } from './connection-ages.ts'

/** A small request of our own: to the login service or to the billing webhook. */
export interface HttpRequest {
  readonly url: URL
  /** Default `GET`. */
  readonly method?: 'GET' | 'POST'
  readonly headers: Readonly<Record<string, string>>
  readonly body?: string
  /** The timeout of the whole exchange, in milliseconds. */
  readonly timeoutMs: number
  /** Resolves the name of the host. Default: the system's. A connection with its own is not kept. */
  readonly lookup?: LookupFunction | undefined
  /** If true, resolves when the status arrives. The body of the response is read and dropped. Default false. */
  readonly dropBody?: boolean
}

/** A whole response. */
export interface HttpResponse {
  readonly status: number
  /** The body as text; empty if it is dropped. */
  readonly text: string
}

/** The largest body of a response, in bytes. */
const maxServiceResponseBytes = 65_536

/** Sends a request over a kept-alive connection, unless it was idle for so long that it may be dead, as after a suspension. If
 *  that connection is closed already, sends it once more on a new one (Node.js documentation, `request.reusedSocket`), so the
 *  request must be idempotent. Redirects are not followed.
 *  Rejects unless a whole response of at most 64 KB arrives in time. The code of a timeout is `ETIMEDOUT`. */
export const sendRequest = async (request: HttpRequest): Promise<HttpResponse> => {
  const endsAt = performance.now() + request.timeoutMs
  const { closeStaleSockets, getSocketAges } = await import('./kept-sockets.ts')
  closeStaleSockets()
  return exchange(request, endsAt, undefined).catch((error: unknown) => {
    if (!(error instanceof StaleConnectionError)) throw error
    getSocketAges().markLost()
    return exchange(request, endsAt, false)
  })
}

/** The server closed a kept-alive connection while the request was sent. */
class StaleConnectionError extends Error {
  override readonly name = 'StaleConnectionError'
}

/** Sends a request once. With the agent `false` it gets a new connection, which is not kept alive. */
const exchange = (request: HttpRequest, endsAt: number, agent: false | undefined): Promise<HttpResponse> =>
  new Promise((resolve, reject) => {
    const { url, method = 'GET', headers, body, dropBody, lookup } = request
    const length = body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) }
    const isKept = agent === undefined && lookup === undefined
    const options = { method, headers: { ...headers, ...length }, lookup, ...(isKept ? {} : { agent: false }) }
    const sent = (url.protocol === 'https:' ? requestHttps : requestHttp)(url, options, (response) => {
      const read = dropBody ? dropText(response) : readResponseText(response)
      read.then((text) => resolve({ status: response.statusCode ?? 0, text }), reject)
    })
    const timer = setTimeout(() => sent.destroy(timeoutError(request.timeoutMs)), endsAt - performance.now())
    sent.once('close', () => clearTimeout(timer))
    sent.once('error', (error: NodeJS.ErrnoException) => {
      const isStale = sent.reusedSocket && lostConnectionCodes.has(error.code)
      reject(isStale ? new StaleConnectionError('The idle connection was closed.', { cause: error }) : error)
    })
    sent.end(body)
  })

const dropText = (response: IncomingMessage): Promise<string> => {
  response.once('error', () => undefined).resume()
  return Promise.resolve('')
}

const readResponseText = async (response: IncomingMessage): Promise<string> => {
  const pieces: Buffer[] = []
  let size = 0
  for await (const piece of response as AsyncIterable<Buffer>) {
    size += piece.length
    if (size > maxServiceResponseBytes) throw new Error('The response is too large.')
    pieces.push(piece)
  }
  return Buffer.concat(pieces).toString()
}
