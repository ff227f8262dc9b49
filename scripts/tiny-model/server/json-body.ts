import type { IncomingMessage } from 'node:http'
import { UpstreamError } from './upstream-error.ts'

/** The longest body, in bytes. The context holds far less; this only limits memory. */
const MAX_BODY_BYTES = 1024 * 1024

/** Reads the body of a request as JSON. Reads a body that is too long to its end without keeping it, so that the
 *  client can read the reply.
 *  @throws UpstreamError 413 `request_too_large`, 400 `invalid_json` */
export const readJsonBody = async (request: IncomingMessage): Promise<unknown> => {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of request) {
    size += chunk.length
    if (size <= MAX_BODY_BYTES) chunks.push(chunk)
  }
  if (size > MAX_BODY_BYTES) {
    throw new UpstreamError(413, 'request_too_large', `The body is longer than ${MAX_BODY_BYTES} bytes.`)
  }
  try {
    return JSON.parse(Buffer.concat(chunks).toString('utf8'))
  } catch {
    throw new UpstreamError(400, 'invalid_json', 'The body is not valid JSON.')
  }
}
