import { connect, createServer } from 'node:net'
import { listenOnLoopback } from './loopback-server.ts'

/** Starts a proxy in front of a database that can lose the reply to a statement. The database still runs the statement. */
export const lossyProxy = async (targetPort: number) => {
  let losses = 0
  const { port, close } = await listenOnLoopback(
    createServer((client) => {
      const target = connect(targetPort, '127.0.0.1')
      for (const socket of [client, target]) socket.on('error', () => undefined)
      client.on('data', (bytes) => target.write(bytes)).on('close', () => target.destroy())
      target.on('data', (bytes) => (losses > 0 && losses-- > 0 ? client.destroy() : client.write(bytes)))
      target.on('close', () => client.destroy())
    }),
  )
  const loseReplies = (count: number): void => {
    losses = count
  }
  return { port, close, loseReplies }
}
