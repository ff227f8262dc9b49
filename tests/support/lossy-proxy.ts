import { connect, createServer } from 'node:net'
import { listening } from '../../testing/rig/server.ts'

/** A way to the database on which the reply to a statement can get lost: the statement is carried out all the same. */
export const wayThatLosesReplies = async (to: number) => {
  let losses = 0
  const { port, close } = await listening(
    createServer((client) => {
      const target = connect(to, '127.0.0.1')
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
