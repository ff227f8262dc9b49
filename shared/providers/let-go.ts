import type { IncomingMessage } from 'node:http'

/** How long the rest of an answer may take, in milliseconds. */
const maxMs = 250

/** How much the rest of an answer may bring, in bytes. */
const maxBytes = 65_536

/** Lets go of an answer that has said all that counts: its connection is kept for the next request if the rest, which
 *  nobody reads, comes at once; otherwise it is closed. */
export const letGo = (message: IncomingMessage): void => {
  let bytes = 0
  const clock = setTimeout(() => message.destroy(), maxMs).unref()
  const stop = (): void => clearTimeout(clock)
  message.once('end', stop).once('close', stop)
  message.on('data', (piece: Buffer) => {
    bytes += piece.length
    if (bytes > maxBytes) message.destroy()
  })
  message.resume()
}
