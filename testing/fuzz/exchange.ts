import { once } from 'node:events'
import { Agent, type IncomingHttpHeaders, type IncomingMessage, request as requestHttp } from 'node:http'
import { connect } from 'node:net'
import { text as readText } from 'node:stream/consumers'

/** A reply as a client receives it. */
export interface Reply {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly text: string
}

/** A request to one of the functions. */
export interface ExchangeRequest {
  readonly port: number
  readonly path: string
  readonly method?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string | Uint8Array
}

/** The longest wait for a reply, in milliseconds. A longer wait fails the case. */
const timeoutMs = 8_000

const agent = new Agent({ keepAlive: true, maxSockets: 4 })

/** Sends a request over a kept-alive connection. Rejects if no whole reply arrives. */
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

/** The time between the last byte and the end of the connection, in milliseconds. */
const endAfterMs = 4

/** Sends bytes on a new connection and ends it a moment later. Returns everything that the server sends until it closes the
 *  connection. Rejects if it does not close it. */
export const sendBytes = (port: number, bytes: Uint8Array): Promise<string> => exchangeBytes(port, bytes, endAfterMs)

/** The same for a complete request with `connection: close`: our side does not end the connection. */
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
