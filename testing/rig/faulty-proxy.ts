import { connect, createServer, type Socket } from 'node:net'
import { listenOnLoopback } from '../servers/loopback-server.ts'
import { pick, type Random, randomFrom } from './random.ts'

type Fault = 'slow' | 'drop' | 'drop-after' | 'hang'

const faultShares: readonly (readonly [number, Fault])[] = [
  [10, 'slow'],
  [5, 'drop'],
  [4, 'drop-after'],
  [1, 'hang'],
]

/** A TCP proxy in front of a database. It delays some packets of a client, drops some, or closes the connection before or
 *  after a packet arrives. */
export interface FaultyProxy {
  readonly port: number
  /** Sets the share of packets with a fault, from 0 to 1. */
  readonly setFaults: (share: number) => void
  readonly close: () => Promise<void>
}

/** Starts a faulty proxy in front of a loopback port. */
export const faultyProxy = async (
  targetPort: number,
  { faults, seed }: { faults: number; seed: number },
): Promise<FaultyProxy> => {
  const random = randomFrom(seed + 2)
  const sockets = new Set<Socket>()
  let share = faults
  const server = createServer((client) => {
    const target = connect(targetPort, '127.0.0.1')
    for (const socket of [client, target]) sockets.add(socket)
    relay({ client, target, random, getShare: () => share })
  })
  const { port, close } = await listenOnLoopback(server)
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

interface Relay {
  readonly client: Socket
  readonly target: Socket
  readonly random: Random
  readonly getShare: () => number
}

const relay = ({ client, target, random, getShare }: Relay): void => {
  let dropsReply = false
  const end = (): void => {
    client.destroy()
    target.destroy()
  }
  for (const socket of [client, target]) socket.on('error', end).on('close', end)
  client.on('data', (packet) => {
    const fault = random() < getShare() ? pick(random, faultShares) : undefined
    if (fault === 'drop') return end()
    if (fault === 'hang') return
    if (fault === 'drop-after') dropsReply = true
    if (fault === 'slow') setTimeout(() => target.write(packet), 50 + random() * 300)
    else target.write(packet)
  })
  target.on('data', (packet) => (dropsReply ? end() : client.write(packet)))
}
