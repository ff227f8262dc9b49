import type { Server } from 'node:http'
import type { Duplex } from 'node:stream'
import type { Log } from '../runtime/log.ts'
import type { HttpExchange } from './refuse-connection.ts'

/** Handles connections whose bytes never become a request: bytes that are not HTTP, requests that do not end,
 *  `CONNECT`. Sends an error reply if the connection can still take one, and ends the connection. */
export const handleClientErrors = (server: Server, log: Log): void => {
  const latest = new WeakMap<Duplex, HttpExchange>()
  server.on('request', (message, response) => latest.set(message.socket, { message, response }))
  const refuse = async (socket: Duplex, cause: string | undefined): Promise<void> => {
    const { refuseConnection } = await import('./refuse-connection.ts')
    refuseConnection({ socket, cause, latest: latest.get(socket), log })
  }
  // If the refusal module cannot be loaded (no file descriptors left), the socket is destroyed.
  const refuseOrDestroy = (socket: Duplex, cause: string | undefined): void =>
    void refuse(socket, cause).catch(() => socket.destroy())
  server.on('clientError', ({ code }: NodeJS.ErrnoException, socket) => refuseOrDestroy(socket, code))
  server.on('connect', (_, socket) => refuseOrDestroy(socket, 'CONNECT'))
  // A request with an unknown expectation is handled like any other; `validate-message.ts` refuses it.
  server.on('checkExpectation', (message, response) => server.emit('request', message, response))
}
