import { isUtf8 } from 'node:buffer'
import type { IncomingMessage } from 'node:http'
import { GatewayError } from '../protocol/errors.ts'

/** Reads a request's body, which must be UTF-8, and keeps at most `maxBytes` of it. A body that is larger is read to its end and
 *  discarded before it is refused, because a client, or a proxy before us, that is still sending would miss the refusal.
 *  @throws request_too_large (413), unsupported_encoding (415), invalid_json (400) when it is not UTF-8, client_gone (400) */
export const readBody = (message: IncomingMessage, maxBytes: number): Promise<Buffer> => {
  const encoding = message.headers['content-encoding'] ?? 'identity'
  if (encoding !== 'identity') {
    const help = 'Send the body uncompressed, without a content-encoding header.'
    return Promise.reject(new GatewayError(415, 'unsupported_encoding', help))
  }
  const isHopeless = Number(message.headers['content-length']) > maxBytes + maxDiscardedBytes
  return isHopeless ? Promise.reject(farTooLargeError(maxBytes)) : collectBody(message, maxBytes)
}

/** Bytes discarded at most for the sake of a refusal that is read. */
const maxDiscardedBytes = 33_554_432

/** So many pieces are put together to one: a client decides where its chunks end, and each that is kept by itself costs some hundred
 *  bytes more than it holds. */
const maxPieces = 1_024

const collectBody = (message: IncomingMessage, maxBytes: number): Promise<Buffer> =>
  new Promise((resolve, reject) => {
    const pieces: Buffer[] = []
    let apart = 0
    let size = 0
    const keep = (piece: Buffer): void => {
      pieces.push(piece)
      apart += 1
      if (apart < maxPieces) return
      pieces.push(Buffer.concat(pieces.splice(-apart)))
      apart = 0
    }
    message.on('data', (piece: Buffer) => {
      size += piece.length
      if (size <= maxBytes) keep(piece)
      else pieces.length = apart = 0
      if (size > maxBytes + maxDiscardedBytes) reject(farTooLargeError(maxBytes))
    })
    message.once('end', () => {
      if (size > maxBytes) return reject(tooLargeError(maxBytes))
      const body = pieces.length === 1 ? (pieces[0] as Buffer) : Buffer.concat(pieces)
      if (isUtf8(body)) resolve(body)
      else reject(notUtf8Error())
    })
    const cut = (): void => {
      if (!message.complete) reject(new GatewayError(400, 'client_gone', 'The request body ended early.'))
    }
    message.once('error', cut).once('close', cut)
    if (message.destroyed) cut()
  })

const notUtf8Error = (): GatewayError =>
  new GatewayError(
    400,
    'invalid_json',
    'The request body is not UTF-8. Save or encode it as UTF-8, then send it again.',
  )

/** The refusal of a body that nobody reads to its end: its connection is closed. */
const farTooLargeError = (maxBytes: number): GatewayError => tooLargeError(maxBytes, { connection: 'close' })

const tooLargeError = (maxBytes: number, headers: Readonly<Record<string, string>> = {}): GatewayError =>
  new GatewayError(
    413,
    'request_too_large',
    `The request body is larger than ${maxBytes} bytes. Send a shorter one, or raise MAX_BODY_BYTES.`,
    { headers },
  )
