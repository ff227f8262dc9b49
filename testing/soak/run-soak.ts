import { setTimeout as sleep } from 'node:timers/promises'
import { type Observation, observe } from '../rig/client.ts'
import { flushAhead } from '../rig/flush-ahead.ts'
import { gatewayVariables } from '../rig/gateway-variables.ts'
import { type KillableFunction, killableFunction } from '../rig/killable-function.ts'
import { randomFrom } from '../rig/random.ts'
import { faultyReceiver } from '../rig/receiver.ts'
import { numberOf, type Reconciliation, reconcile } from '../rig/reconcile.ts'
import { socketsOf } from '../rig/sockets-of.ts'
import type { StoreUnderTest } from '../rig/store-under-test.ts'
import { faultyUpstream } from '../rig/upstream.ts'
import { type CloudBaseAuth, startCloudBaseAuth } from '../stand-ins/cloudbase-auth.ts'
import { memoryMb } from '../stats/process-meter.ts'
import { type Drift, driftOf } from './drift.ts'

export interface SoakOptions {
  readonly seconds: number
  /** Requests that begin each second, whether or not those before have ended. */
  readonly rate: number
  readonly seed: number
}

export interface SoakResult {
  readonly reconciliation: Reconciliation
  /** Records under another user than the one who asked. */
  readonly misattributed: number
  readonly memory: Drift
  /** Connections that stay when all is over and what is idle has been closed. */
  readonly leftOpen: { readonly clients: number; readonly provider: number; readonly webhook: number }
  /** Replies by status; 0: the client left before there was one. */
  readonly statuses: Readonly<Record<number, number>>
}

/** Shares of the provider's answers and the webhook's that meet a fault, and of clients that leave early. */
const faults = { provider: 0.05, webhook: 0.02 }
const leaves = 0.05
const users = 100
/** A heap of a small function's size. On a large machine garbage lies about for minutes, and what grows is not what leaks. */
const smallHeap = '--max-old-space-size=64'

/** Sends a steady stream of requests of many users to one built function, some of which fail on every side, and looks at what
 *  is left: its books, its memory, its connections. */
export const runSoak = async (store: StoreUnderTest, options: SoakOptions): Promise<SoakResult> => {
  const auth = await startCloudBaseAuth()
  const upstream = await faultyUpstream({ faults: faults.provider, seed: options.seed })
  const receiver = await faultyReceiver({ faults: faults.webhook, seed: options.seed })
  const urls = { upstream: upstream.url, webhook: receiver.url }
  const variables = { ...gatewayVariables(store, urls), ...auth.environment, NODE_OPTIONS: smallHeap }
  let degraded = 0
  const gateway = await killableFunction('llm-chat-completions', variables, (line) => {
    if (line.includes('"usage_degraded"')) degraded++
  })
  try {
    const { observations, samples } = await send(gateway, auth, options)
    await sleep(settleMs)
    const leftOpen = {
      clients: clientsOf(gateway),
      provider: await upstream.leftOpen(),
      webhook: await receiver.leftOpen(),
    }
    receiver.setFaults(0)
    await flushAhead(variables, 1)
    const rows = await store.rows()
    const { truth } = upstream
    return {
      reconciliation: reconcile({ observations, truth, rows, taken: receiver.taken, degraded }),
      misattributed: rows.filter((row) => row.user_id !== userOf(numberOf(row))).length,
      memory: driftOf(samples),
      leftOpen,
      statuses: statusesOf(observations),
    }
  } finally {
    await gateway.kill()
    await Promise.all([upstream.close(), receiver.close(), auth.close()])
  }
}

/** How long the last answers have to end after their clients are gone, in milliseconds. */
const settleMs = 3_000

/** Who asks the request of a number. */
const userOf = (number: number): string => `user-${number % users}`

const clientsOf = (gateway: KillableFunction): number =>
  socketsOf(gateway.pid()).filter(({ localPort, listens }) => localPort === gateway.port() && !listens).length

/** Requests at a steady rate, and what the function's memory was meanwhile, in MB, once a second. */
const send = async (gateway: KillableFunction, auth: CloudBaseAuth, { seconds, rate, seed }: SoakOptions) => {
  const random = randomFrom(seed)
  const tokens = Array.from({ length: users }, (_, number) => auth.token({ claims: { sub: userOf(number) } }))
  const port = gateway.port() ?? 0
  const asked: Promise<Observation>[] = []
  const samples: number[] = []
  const begin = performance.now()
  for (let number = 0; number < seconds * rate; number++) {
    const waitMs = begin + (number * 1_000) / rate - performance.now()
    if (waitMs > 0) await sleep(waitMs)
    if (number % rate === 0) samples.push(memoryMb(gateway.pid(), 'VmRSS'))
    asked.push(observe(number, { port, random, leaves, token: tokens[number % users] as string }))
  }
  return { observations: await Promise.all(asked), samples }
}

const statusesOf = (observations: readonly Observation[]): Record<number, number> => {
  const counts: Record<number, number> = {}
  for (const { status } of observations) counts[status] = (counts[status] ?? 0) + 1
  return counts
}
