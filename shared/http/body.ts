import type { IncomingMessage } from 'node:http'
import { GatewayError } from '../protocol/errors.ts'

/** Reads a request's body as UTF-8 text and keeps at most `maxBytes` of it; what comes after is read and discarded,
 *  so that a client still sending gets to read the refusal.
 *  @throws request_too_large (413), unsupported_encoding (415), client_gone (400) */
export const readText = (message: IncomingMessage, maxBytes: number): Promise<string> => {
  const encoding = message.headers['content-encoding'] ?? 'identity'
  if (encoding !== 'identity') {
    const help = 'Send the body uncompressed, without a content-encoding header.'
    return Promise.reject(new GatewayError(415, 'unsupported_encoding', help))
  }
  return collect(message, maxBytes)
}

const collect = (message: IncomingMessage, maxBytes: number): Promise<string> =>
  new Promise((resolve, reject) => {
    const pieces: Buffer[] = []
    let size = 0
    message.on('data', (piece: Buffer) => {
      size += piece.length
      if (size <= maxBytes) pieces.push(piece)
      else reject(tooLarge(maxBytes))
    })
    message.once('end', () => resolve(Buffer.concat(pieces).toString()))
    message.once('error', () => reject(new GatewayError(400, 'client_gone', 'The request body ended early.')))
  })

const tooLarge = (maxBytes: number): GatewayError =>
  new GatewayError(
    413,
    'request_too_large',
    `The request body is larger than ${maxBytes} bytes. Send a shorter one, or raise MAX_BODY_BYTES.`,
  )
