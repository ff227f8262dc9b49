import type { HttpExchange } from './refuse-connection.ts'
import type { Reply } from './request.ts'

/** Sends a reply. If its request has not arrived whole, the rest of the body is discarded first, for at most
 *  `unreadBodyTimeout` milliseconds, so that a client that is still sending does not miss the reply. */
export const sendReply = async (reply: Reply, exchange: HttpExchange, unreadBodyTimeout: number): Promise<void> => {
  const { message, response } = exchange
  const headers = getHeaders(reply)
  if (!message.complete) {
    const { sendEarlyReply } = await import('./early-reply.ts')
    if (await sendEarlyReply({ reply, headers, exchange, maxMs: unreadBodyTimeout })) return
  }
  response.writeHead(reply.status, headers)
  if (typeof reply.body === 'function') await reply.body(response)
  else response.end(reply.body)
}

/** Returns the headers of a reply, with the length of a whole body. */
const getHeaders = ({ status, headers, body }: Reply): Readonly<Record<string, string | number>> => {
  if (typeof body === 'function' || status === 204) return { ...headers }
  return { ...headers, 'content-length': Buffer.byteLength(body) }
}
