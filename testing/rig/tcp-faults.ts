import { connect, createServer, type Socket } from 'node:net'
import { pick, type Random, randomFrom } from './random.ts'
import { listening } from './server.ts'

type Misdeed = 'slow' | 'drop' | 'drop-after' | 'hang'

const misdeeds: readonly (readonly [number, Misdeed])[] = [
  [10, 'slow'],
  [5, 'drop'],
  [4, 'drop-after'],
  [1, 'hang'],
]

/** A way to a database that breaks now and then: what a client sends is delayed, cut off before or after it arrives, or
 *  disappears. */
export interface FaultyWay {
  readonly port: number
  /** Sets the share of packets that meet a fault, from 0 to 1. */
  readonly setFaults: (share: number) => void
  readonly close: () => Promise<void>
}

/** Opens a faulty way to a port of this machine. */
export const faultyWay = async (to: number, { faults, seed }: { faults: number; seed: number }): Promise<FaultyWay> => {
  const random = randomFrom(seed + 2)
  const sockets = new Set<Socket>()
  let share = faults
  const server = createServer((client) => {
    const target = connect(to, '127.0.0.1')
    for (const socket of [client, target]) sockets.add(socket)
    relay({ client, target, random, share: () => share })
  })
  const { port, close } = await listening(server)
  return {
    port,
    setFaults: (next) => {
      share = next
    },
    close: () => {
      for (const socket of sockets) socket.destroy()
      return close()
    },
  }
}

const relay = ({
  client,
  target,
  random,
  share,
}: {
  client: Socket
  target: Socket
  random: Random
  share: () => number
}) => {
  let drops = false
  const end = (): void => {
    client.destroy()
    target.destroy()
  }
  for (const socket of [client, target]) socket.on('error', end).on('close', end)
  client.on('data', (packet) => {
    const misdeed = random() < share() ? pick(random, misdeeds) : undefined
    if (misdeed === 'drop') return end()
    if (misdeed === 'hang') return
    if (misdeed === 'drop-after') drops = true
    if (misdeed === 'slow') setTimeout(() => target.write(packet), 50 + random() * 300)
    else target.write(packet)
  })
  target.on('data', (packet) => (drops ? end() : client.write(packet)))
}
