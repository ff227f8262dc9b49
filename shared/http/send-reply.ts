import type { ServerResponse } from 'node:http'
import type { HttpExchange } from './refuse-connection.ts'
import type { Reply } from './request.ts'

/** Sends a reply. If its request has not arrived whole, the rest of the body is discarded first, for at most
 *  `unreadBodyTimeout` milliseconds, so that a client that is still sending does not miss the reply. */
export const sendReply = async (reply: Reply, exchange: HttpExchange, unreadBodyTimeout: number): Promise<void> => {
  const { message, response } = exchange
  if (message.complete) return sendWhole(reply, response)
  const { afterReply, beforeReply, discardBody } = await import('./discard-body.ts')
  const isTooLong = Number(message.headers['content-length']) > beforeReply.maxBytes
  if (reply.headers?.['connection'] !== 'close' && !isTooLong) {
    await discardBody(message, { ...beforeReply, maxMs: unreadBodyTimeout })
  }
  if (message.complete || typeof reply.body === 'function') return sendWhole(reply, response)
  if (!message.socket.writable) return
  // The body does not end in time: the client gets its reply, and the connection is closed a little later.
  response.writeHead(reply.status, { ...getHeaders(reply), connection: 'close' }).flushHeaders()
  response.write(reply.body)
  await discardBody(message, { ...afterReply, maxMs: unreadBodyTimeout })
  response.end()
}

const sendWhole = async (reply: Reply, response: ServerResponse): Promise<void> => {
  response.writeHead(reply.status, getHeaders(reply))
  if (typeof reply.body === 'function') await reply.body(response)
  else response.end(reply.body)
}

/** Returns the headers of a reply, with the length of a whole body. */
const getHeaders = ({ status, headers, body }: Reply): Readonly<Record<string, string | number>> => {
  if (typeof body === 'function' || status === 204) return { ...headers }
  return { ...headers, 'content-length': Buffer.byteLength(body) }
}
