import { once } from 'node:events'
import { Agent, type IncomingHttpHeaders, type IncomingMessage, request as requestHttp } from 'node:http'
import { connect } from 'node:net'
import { text as readText } from 'node:stream/consumers'

/** A reply as a client has it. */
export interface Reply {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly text: string
}

export interface ExchangeRequest {
  readonly port: number
  readonly path: string
  readonly method?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string | Uint8Array
}

/** Longest wait for a reply, in milliseconds; a case that waits longer has failed. */
const timeoutMs = 8_000

const agent = new Agent({ keepAlive: true, maxSockets: 4 })

/** Sends a request over a connection that stays open. Rejects where no whole reply comes. */
export const exchange = async ({
  port,
  path,
  method = 'POST',
  headers = {},
  body = '',
}: ExchangeRequest): Promise<Reply> => {
  const request = requestHttp({
    host: '127.0.0.1',
    port,
    path,
    method,
    agent,
    headers: { ...headers, 'content-length': Buffer.byteLength(body) },
    signal: AbortSignal.timeout(timeoutMs),
  })
  request.end(body)
  const [response] = (await once(request, 'response')) as [IncomingMessage]
  const text = await readText(response)
  return { status: response.statusCode ?? 0, headers: response.headers, text }
}

/** How long the other side has before it is told that no more will come, in milliseconds. */
const pauseMs = 4

/** Sends bytes on a connection of their own, says a moment later that no more will come, and returns all that comes back until
 *  the other side closes. Rejects where it does not close. */
export const sendBytes = (port: number, bytes: Uint8Array): Promise<string> => exchangeBytes(port, bytes, pauseMs)

/** The same for a request that asks for the connection to be closed: what is sent is whole, so nothing more is said. */
export const sendRequest = (port: number, bytes: Uint8Array): Promise<string> => exchangeBytes(port, bytes, undefined)

const exchangeBytes = (port: number, bytes: Uint8Array, endsAfterMs: number | undefined): Promise<string> =>
  new Promise((resolve, reject) => {
    let text = ''
    const socket = connect(port, '127.0.0.1', () => socket.write(bytes))
    const ending = endsAfterMs === undefined ? undefined : setTimeout(() => socket.end(), endsAfterMs)
    const late = setTimeout(() => {
      socket.destroy()
      reject(new Error(`the connection was still open after ${timeoutMs} ms`))
    }, timeoutMs)
    socket.setEncoding('latin1').on('data', (piece: string) => {
      text += piece
    })
    socket.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'ECONNREFUSED') reject(error)
    })
    socket.on('close', () => {
      clearTimeout(late)
      clearTimeout(ending)
      resolve(text)
    })
  })
