import { setTimeout as wait } from 'node:timers/promises'
import { openRawSocket, type RawExchange, readReplies } from '../../testing/servers/raw-exchange.ts'

const pieceBytes = 250_000

/** Sends a request head and some megabytes of body, slowly, as a proxy does: it reads the reply only after the body.
 *  Resolves with the replies; there are none if the connection was reset. */
export const sendBeforeReading = async (port: number, head: string, megabytes: number): Promise<RawExchange> => {
  const length = megabytes * 1_000_000
  const socket = await openRawSocket(port, `${head}content-length: ${length}\r\n\r\n`)
  socket.pause()
  for (let sent = 0; sent < length && !socket.destroyed; sent += pieceBytes) {
    await new Promise((resolve) => socket.write(Buffer.alloc(pieceBytes), resolve))
    await wait(20)
  }
  const reading = readReplies(socket, { count: 1, ms: 30_000 })
  socket.resume()
  return reading
}
