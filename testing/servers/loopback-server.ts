import { once } from 'node:events'
import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface LoopbackServer {
  readonly url: string
  readonly port: number
  /** Ends the server and every connection to it. */
  readonly close: () => Promise<void>
}

/** Serves a listener on a free loopback port. */
export const loopbackServer = (listener: RequestListener): Promise<LoopbackServer> =>
  untilListening(createServer(listener).listen(0, '127.0.0.1'))

/** Waits for a server that was told to listen on a loopback port. */
export const untilListening = async (server: Server): Promise<LoopbackServer> => {
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    port,
    close: async () => {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}
