import { createServer, type ServerResponse } from 'node:http'
import { text as readText } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'
import { type LoopbackServer, listenOnLoopback } from '../servers/loopback-server.ts'
import { pick, randomFrom } from './random.ts'

/** A billing webhook that stores the records it receives. */
export interface Receiver extends Omit<LoopbackServer, 'port'> {
  /** The stored bodies, by the id of their record. */
  readonly taken: ReadonlyMap<string, readonly string[]>
  /** Sets the share of deliveries that fail, from 0 to 1. */
  readonly setFaults: (share: number) => void
}

type Fault = 'status-500' | 'status-404' | 'redirect' | 'drop' | 'drop-after' | 'slow'

const faultShares: readonly (readonly [number, Fault])[] = [
  [3, 'status-500'],
  [1, 'status-404'],
  [1, 'redirect'],
  [2, 'drop'],
  [2, 'drop-after'],
  [1, 'slow'],
]

/** Replies of a receiver that does not store the record. */
const refusals: Readonly<Partial<Record<Fault, (response: ServerResponse) => void>>> = {
  'status-500': (response) => void response.writeHead(500).end(),
  'status-404': (response) => void response.writeHead(404).end(),
  redirect: (response) => void response.writeHead(302, { location: '/elsewhere' }).end(),
  drop: (response) => void response.destroy(),
}

/** Starts a receiver that fails a share of its deliveries. It replies with an error or a redirect, closes the connection, or
 *  stores the record without a reply. */
export const faultyReceiver = async ({ faults, seed }: { faults: number; seed: number }): Promise<Receiver> => {
  const taken = new Map<string, string[]>()
  const random = randomFrom(seed + 1)
  let share = faults
  const server = createServer((request, response) => {
    const receive = async (): Promise<void> => {
      const body = await readText(request)
      const fault = random() < share ? pick(random, faultShares) : undefined
      if (fault && fault in refusals) return refusals[fault]?.(response)
      if (fault === 'slow') await sleep(1_200)
      const { request_id: id } = JSON.parse(body) as { request_id: string }
      taken.set(id, [...(taken.get(id) ?? []), body])
      if (fault === 'drop-after') response.destroy()
      else response.writeHead(204).end()
    }
    receive().catch(() => response.destroy())
  })
  server.keepAliveTimeout = 60_000
  const { url, countOpenConnections, close } = await listenOnLoopback(server)
  const setFaults = (next: number): void => {
    share = next
  }
  return { url: `${url}/usage`, countOpenConnections, taken, setFaults, close }
}
