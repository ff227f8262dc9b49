import type { IncomingMessage } from 'node:http'
import type { HttpExchange } from './refuse-connection.ts'
import type { Reply } from './request.ts'
import { maxDiscardedBytes } from './server-limits.ts'

/** How much of an unread body is discarded. */
interface DiscardLimits {
  readonly maxBytes: number
  /** The longest time in all, in milliseconds. */
  readonly maxMs: number
  /** The longest time without a byte, in milliseconds. */
  readonly maxSilenceMs: number
}

/** The limits before a reply. A client that waits for its reply before it sends the body gets it after the silence. */
const beforeReply = { maxBytes: maxDiscardedBytes, maxSilenceMs: 3_000 }

/** The limits after a reply whose connection is closed. */
export const afterReply = { maxBytes: 8_388_608, maxSilenceMs: 1_000 }

/** A reply to a request that has not arrived whole. */
export interface EarlyReply {
  readonly reply: Reply
  /** The headers of the reply, with its length. */
  readonly headers: Readonly<Record<string, string | number>>
  readonly exchange: HttpExchange
  /** The longest time in which the body may end, in milliseconds. */
  readonly maxMs: number
}

/** Discards the rest of a request's body before its reply is sent. Returns whether the reply has been sent: it is, if the
 *  body does not end in time, and the connection is closed a little later. Few requests need it: it is bundled apart. */
export const sendEarlyReply = async ({ reply, headers, exchange, maxMs }: EarlyReply): Promise<boolean> => {
  const { message, response } = exchange
  const isTooLong = Number(message.headers['content-length']) > beforeReply.maxBytes
  if (headers['connection'] !== 'close' && !isTooLong) await discardBody(message, { ...beforeReply, maxMs })
  if (message.complete || typeof reply.body === 'function') return false
  if (!message.socket.writable) return true
  response.writeHead(reply.status, { ...headers, connection: 'close' }).flushHeaders()
  response.write(reply.body)
  await discardBody(message, { ...afterReply, maxMs })
  response.end()
  return true
}

/** Reads the rest of a request body and discards it, because a client or proxy that is still sending would miss its
 *  reply: closing a connection with unread bytes resets it. Resolves at the end of the body, at a limit, or when the
 *  connection is closed. Never rejects. */
export const discardBody = (message: IncomingMessage, limits: DiscardLimits): Promise<void> =>
  new Promise((resolve) => {
    if (message.complete || message.destroyed) return resolve()
    let bytes = 0
    const settle = (): void => {
      clearTimeout(total)
      clearTimeout(silence)
      message.off('data', count).off('end', settle).off('close', settle)
      resolve()
    }
    const count = (piece: Buffer): void => {
      bytes += piece.length
      silence.refresh()
      if (bytes > limits.maxBytes) settle()
    }
    const total = setTimeout(settle, limits.maxMs)
    const silence = setTimeout(settle, limits.maxSilenceMs)
    message.on('data', count).once('end', settle).once('close', settle).resume()
  })
