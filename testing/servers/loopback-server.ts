import { once } from 'node:events'
import { createServer, type Server as HttpServer, type RequestListener } from 'node:http'
import type { AddressInfo, Server } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'

/** A server that listens on 127.0.0.1. */
export interface LoopbackServer {
  readonly url: string
  readonly port: number
  /** Closes idle connections and returns how many are still open. */
  readonly countOpenConnections: () => Promise<number>
  /** Stops the server. An HTTP server also closes every connection. */
  readonly close: () => Promise<void>
}

/** A TCP server; an HTTP server can close its connections. */
type AnyServer = Server & Partial<Pick<HttpServer, 'closeAllConnections' | 'closeIdleConnections'>>

/** How long idle connections take to close, in milliseconds. */
const closeIdleMs = 200

/** Serves HTTP requests on a free loopback port. */
export const loopbackServer = (listener: RequestListener): Promise<LoopbackServer> =>
  listenOnLoopback(createServer(listener))

/** Starts a TCP or HTTP server on a free loopback port. */
export const listenOnLoopback = (server: AnyServer): Promise<LoopbackServer> =>
  waitForListening(server.listen(0, '127.0.0.1'))

/** Waits until a server listens, after its `listen` was called with a loopback host. */
export const waitForListening = async (server: AnyServer): Promise<LoopbackServer> => {
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    port,
    countOpenConnections: async () => {
      server.closeIdleConnections?.()
      await sleep(closeIdleMs)
      return new Promise((resolve) => server.getConnections((_, count) => resolve(count)))
    },
    close: async () => {
      server.closeAllConnections?.()
      server.close()
      await once(server, 'close')
    },
  }
}
