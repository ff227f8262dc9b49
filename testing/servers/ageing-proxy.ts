import { connect, createServer, type Socket } from 'node:net'
import { listenOnLoopback } from './loopback-server.ts'

/** How old connections fail: the bytes of the client vanish, or the first of them is met with a reset. */
export type OldConnections = 'swallow' | 'reset'

/** Starts a proxy in front of a loopback port. Its connections can be made old: they fail when they are used again, as after
 *  a failover or while an instance was frozen. New connections work, except during an outage. Replies can be late. */
export const ageingProxy = async (targetPort: number, { replyDelayMs = 0 } = {}) => {
  const sockets = new Set<Socket>()
  const old = new Map<Socket, OldConnections>()
  let outage: OldConnections | undefined
  const { port, close } = await listenOnLoopback(
    createServer((client) => {
      const target = connect(targetPort, '127.0.0.1')
      sockets.add(client)
      if (outage) old.set(client, outage)
      for (const socket of [client, target]) socket.on('error', () => undefined)
      client.on('data', (bytes) => {
        const failure = old.get(client)
        if (failure === 'reset') client.resetAndDestroy()
        else if (!failure) target.write(bytes)
      })
      const reply = (bytes: Buffer): void => void (old.has(client) || client.write(bytes))
      target.on('data', (bytes) => (replyDelayMs > 0 ? setTimeout(reply, replyDelayMs, bytes) : reply(bytes)))
      target.on('close', () => client.destroy())
      client.on('close', () => {
        sockets.delete(client)
        target.destroy()
      })
    }),
  )
  const makeOld = (failure: OldConnections): number => {
    for (const socket of sockets) old.set(socket, failure)
    return sockets.size
  }
  return {
    port,
    /** Makes all open connections old. Returns how many there were. */
    makeOld,
    /** Makes all connections old, those of the future too. */
    beginOutage: (failure: OldConnections): void => {
      outage = failure
      makeOld(failure)
    },
    /** Lets new connections work again. */
    endOutage: (): void => {
      outage = undefined
    },
    close: () => {
      for (const socket of sockets) socket.destroy()
      return close()
    },
  }
}
