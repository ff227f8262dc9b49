import { isUtf8 } from 'node:buffer'
import type { IncomingMessage } from 'node:http'
import { GatewayError } from '../protocol/errors.ts'
import { maxDiscardedBytes } from './server-limits.ts'

/** Reads the body of a request, which must be UTF-8, and keeps at most `maxBytes` of it. A larger body is read to its
 *  end and discarded before it is refused, because a client or proxy that is still sending would miss the refusal.
 *  @throws request_too_large (413), unsupported_encoding (415), invalid_json (400) if it is not UTF-8, client_gone
 *  (400) */
export const readBody = (message: IncomingMessage, maxBytes: number): Promise<Buffer> => {
  const encoding = message.headers['content-encoding'] ?? 'identity'
  if (encoding !== 'identity') {
    const help = 'Send the body uncompressed, without a content-encoding header.'
    return Promise.reject(new GatewayError(415, 'unsupported_encoding', help))
  }
  const isFarTooLarge = Number(message.headers['content-length']) > maxBytes + maxDiscardedBytes
  return isFarTooLarge ? Promise.reject(farTooLargeError(maxBytes)) : collectBody(message, maxBytes)
}

/** After this many pieces they are joined: a client decides the size of its chunks, and each separate piece costs some
 *  hundred bytes more than it holds. */
const maxPieces = 1_024

const collectBody = (message: IncomingMessage, maxBytes: number): Promise<Buffer> =>
  new Promise((resolve, reject) => {
    const pieces: Buffer[] = []
    let separate = 0
    let size = 0
    const keep = (piece: Buffer): void => {
      pieces.push(piece)
      separate += 1
      if (separate < maxPieces) return
      pieces.push(Buffer.concat(pieces.splice(-separate)))
      separate = 0
    }
    message.on('data', (piece: Buffer) => {
      size += piece.length
      if (size <= maxBytes) keep(piece)
      else pieces.length = separate = 0
      if (size > maxBytes + maxDiscardedBytes) reject(farTooLargeError(maxBytes))
    })
    message.on('end', () => {
      if (size > maxBytes) return reject(tooLargeError(maxBytes))
      const body = pieces.length === 1 ? (pieces[0] as Buffer) : Buffer.concat(pieces)
      if (isUtf8(body)) resolve(body)
      else reject(notUtf8Error())
    })
    const onCut = (): void => {
      if (!message.complete) reject(new GatewayError(400, 'client_gone', 'The request body ended early.'))
    }
    message.on('error', onCut).on('close', onCut)
    if (message.destroyed) onCut()
  })

const notUtf8Error = (): GatewayError =>
  new GatewayError(
    400,
    'invalid_json',
    'The request body is not UTF-8. Save or encode it as UTF-8, then send it again.',
  )

/** The refusal of a body that is not read to its end: its connection is closed. */
const farTooLargeError = (maxBytes: number): GatewayError => tooLargeError(maxBytes, { connection: 'close' })

const tooLargeError = (maxBytes: number, headers: Readonly<Record<string, string>> = {}): GatewayError =>
  new GatewayError(
    413,
    'request_too_large',
    `The request body is larger than ${maxBytes} bytes. Send a shorter one, or raise MAX_BODY_BYTES.`,
    { headers },
  )
