import { once } from 'node:events'
import type { IncomingMessage } from 'node:http'
import type { AddressInfo, Server } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'

/** Closes what is idle and tells how many connections are left. */
export type LeftOpen = () => Promise<number>

/** Starts a server on a free loopback port. */
export const listening = async (
  server: Server & { closeAllConnections?: () => void; closeIdleConnections?: () => void },
) => {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const close = async (): Promise<void> => {
    server.closeAllConnections?.()
    server.close()
    await once(server, 'close')
  }
  const leftOpen: LeftOpen = async () => {
    server.closeIdleConnections?.()
    await sleep(200)
    return new Promise((resolve) => server.getConnections((_, count) => resolve(count)))
  }
  return { port, url: `http://127.0.0.1:${port}`, leftOpen, close }
}

/** The whole text of a message. */
export const textOf = async (message: IncomingMessage): Promise<string> => {
  let text = ''
  message.setEncoding('utf8')
  for await (const piece of message) text += piece
  return text
}
