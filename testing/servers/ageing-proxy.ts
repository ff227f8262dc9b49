import { connect, createServer, type Socket } from 'node:net'
import { listenOnLoopback } from './loopback-server.ts'

/** How old connections fail: the bytes of the client vanish, or the first of them is met with a reset. */
export type OldConnections = 'swallow' | 'reset'

/** Starts a proxy in front of a loopback port. Its connections can be made old: they fail when they are used again, as after
 *  a failover or while an instance was frozen. New connections work. */
export const ageingProxy = async (targetPort: number) => {
  const sockets = new Set<Socket>()
  const old = new Map<Socket, OldConnections>()
  const { port, close } = await listenOnLoopback(
    createServer((client) => {
      const target = connect(targetPort, '127.0.0.1')
      sockets.add(client)
      for (const socket of [client, target]) socket.on('error', () => undefined)
      client.on('data', (bytes) => {
        const failure = old.get(client)
        if (failure === 'reset') client.resetAndDestroy()
        else if (!failure) target.write(bytes)
      })
      target.on('data', (bytes) => old.has(client) || client.write(bytes))
      target.on('close', () => client.destroy())
      client.on('close', () => {
        sockets.delete(client)
        target.destroy()
      })
    }),
  )
  return {
    port,
    /** Makes all open connections old. Returns how many there were. */
    makeOld: (failure: OldConnections): number => {
      for (const socket of sockets) old.set(socket, failure)
      return sockets.size
    },
    close: () => {
      for (const socket of sockets) socket.destroy()
      return close()
    },
  }
}
