import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'
import type { Log } from '../protocol/log.ts'

/** A request and its reply. */
export interface Exchange {
  readonly message: IncomingMessage
  readonly response: ServerResponse
}

/** Sees to what comes over a server's connections and never becomes a request: bytes that are not HTTP, requests that do not come
 *  to an end, `CONNECT`. All are refused in words where the connection can still take them, and the connection is ended. */
export const guardConnections = (server: Server, log: Log): void => {
  const latest = new WeakMap<Duplex, Exchange>()
  server.on('request', (message, response) => latest.set(message.socket, { message, response }))
  server.on('clientError', (error, socket) => {
    orDestroy(socket, async () => {
      const { endBroken } = await import('./end-connection.ts')
      endBroken({ socket, error, latest: latest.get(socket), log })
    })
  })
  server.on('connect', (_, socket) => {
    orDestroy(socket, async () => {
      const { endTunnel } = await import('./end-connection.ts')
      endTunnel(socket, log)
    })
  })
  // An expectation that is not known becomes a request like any other, whose fault it is.
  server.on('checkExpectation', (message, response) => server.emit('request', message, response))
}

/** Where the words cannot be loaded, as when all file descriptors are in use, the connection is ended without them. */
const orDestroy = (socket: Duplex, end: () => Promise<void>): void => {
  end().catch(() => socket.destroy())
}
