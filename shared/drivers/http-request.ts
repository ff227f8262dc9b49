import { get as getHttp, type IncomingMessage } from 'node:http'
import { get as getHttps } from 'node:https'

/** An answer of the auth service. Redirects are not followed: they arrive as what they are. */
export interface TextResponse {
  readonly status: number
  readonly text: string
}

export interface GetOptions {
  readonly url: URL
  /** Time for the whole exchange, in milliseconds. */
  readonly timeoutMs: number
  readonly headers?: Readonly<Record<string, string>>
}

const maxResponseBytes = 65_536

/** Asks the auth service. A kept-alive connection that died while the instance slept is replaced once.
 *  Rejects when there is no whole answer of at most 64 KB in time. */
export const getText = async ({ url, timeoutMs, headers = {} }: GetOptions): Promise<TextResponse> => {
  const signal = AbortSignal.timeout(timeoutMs)
  const ask = (): Promise<TextResponse> => sendGet(url, headers, signal)
  return ask().catch((error: unknown) => {
    if (error instanceof StaleConnectionError) return ask()
    throw error
  })
}

/** The connection had been used before and was closed under the request. */
class StaleConnectionError extends Error {
  override readonly name = 'StaleConnection'
}

const sendGet = (url: URL, headers: Readonly<Record<string, string>>, signal: AbortSignal): Promise<TextResponse> =>
  new Promise((resolve, reject) => {
    const get = url.protocol === 'https:' ? getHttps : getHttp
    const request = get(url, { headers: { ...headers, accept: 'application/json' }, signal }, (answer) => {
      readText(answer).then(resolve, reject)
    })
    request.once('error', (error: NodeJS.ErrnoException) => {
      const stale = request.reusedSocket && (error.code === 'ECONNRESET' || error.code === 'EPIPE')
      reject(stale ? new StaleConnectionError('closed while idle', { cause: error }) : error)
    })
  })

const readText = async (answer: IncomingMessage): Promise<TextResponse> => {
  const pieces: Buffer[] = []
  let size = 0
  for await (const piece of answer as AsyncIterable<Buffer>) {
    size += piece.length
    if (size > maxResponseBytes) throw new Error('The answer is too large.')
    pieces.push(piece)
  }
  return { status: answer.statusCode ?? 0, text: Buffer.concat(pieces).toString() }
}
