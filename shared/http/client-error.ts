import type { Server } from 'node:http'
import type { Duplex } from 'node:stream'
import type { Log } from '../runtime/log.ts'
import type { HttpExchange } from './refuse-connection.ts'

/** Sees to what comes over a server's connections and never becomes a request: bytes that are not HTTP, requests that do not come
 *  to an end, `CONNECT`. All are refused in words where the connection can still take them, and the connection is ended. */
export const handleClientErrors = (server: Server, log: Log): void => {
  const latest = new WeakMap<Duplex, HttpExchange>()
  server.on('request', (message, response) => latest.set(message.socket, { message, response }))
  const end = async (socket: Duplex, cause: string | undefined): Promise<void> => {
    const { refuseConnection } = await import('./refuse-connection.ts')
    refuseConnection({ socket, cause, latest: latest.get(socket), log })
  }
  // Where the words cannot be loaded, as when all file descriptors are in use, the connection is ended without them.
  const endOrDestroy = (socket: Duplex, cause: string | undefined): void =>
    void end(socket, cause).catch(() => socket.destroy())
  server.on('clientError', ({ code }: NodeJS.ErrnoException, socket) => endOrDestroy(socket, code))
  server.on('connect', (_, socket) => endOrDestroy(socket, 'CONNECT'))
  // An expectation that is not known becomes a request like any other, whose fault it is.
  server.on('checkExpectation', (message, response) => server.emit('request', message, response))
}
