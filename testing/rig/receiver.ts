import { createServer, type ServerResponse } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { pick, randomFrom } from './random.ts'
import { type LeftOpen, listening, textOf } from './server.ts'

/** A billing webhook that keeps what it takes. */
export interface Receiver {
  readonly url: string
  readonly leftOpen: LeftOpen
  /** The bodies taken, by the id of their record. */
  readonly taken: ReadonlyMap<string, readonly string[]>
  /** Sets the share of deliveries that fail, from 0 to 1. */
  readonly setFaults: (share: number) => void
  readonly close: () => Promise<void>
}

type Misdeed = 'status-500' | 'status-404' | 'redirect' | 'drop' | 'drop-after' | 'slow'

const misdeeds: readonly (readonly [number, Misdeed])[] = [
  [3, 'status-500'],
  [1, 'status-404'],
  [1, 'redirect'],
  [2, 'drop'],
  [2, 'drop-after'],
  [1, 'slow'],
]

/** What a receiver answers instead of taking a record. */
const refusals: Readonly<Partial<Record<Misdeed, (response: ServerResponse) => void>>> = {
  'status-500': (response) => void response.writeHead(500).end(),
  'status-404': (response) => void response.writeHead(404).end(),
  redirect: (response) => void response.writeHead(302, { location: '/elsewhere' }).end(),
  drop: (response) => void response.destroy(),
}

/** A receiver that fails a share of its deliveries: refusing, redirecting, hanging up, or taking a record without saying so. */
export const faultyReceiver = async ({ faults, seed }: { faults: number; seed: number }): Promise<Receiver> => {
  const taken = new Map<string, string[]>()
  const random = randomFrom(seed + 1)
  let share = faults
  const server = createServer((request, response) => {
    const receive = async (): Promise<void> => {
      const body = await textOf(request)
      const misdeed = random() < share ? pick(random, misdeeds) : undefined
      if (misdeed && misdeed in refusals) return refusals[misdeed]?.(response)
      if (misdeed === 'slow') await sleep(1_200)
      const { request_id: id } = JSON.parse(body) as { request_id: string }
      taken.set(id, [...(taken.get(id) ?? []), body])
      if (misdeed === 'drop-after') response.destroy()
      else response.writeHead(204).end()
    }
    receive().catch(() => response.destroy())
  })
  server.keepAliveTimeout = 60_000
  const { url, leftOpen, close } = await listening(server)
  const setFaults = (next: number): void => {
    share = next
  }
  return { url: `${url}/usage`, leftOpen, taken, setFaults, close }
}
