import { setTimeout as sleep } from 'node:timers/promises'
import { type Observation, observe } from '../rig/client.ts'
import { faultyReceiver } from '../rig/faulty-receiver.ts'
import { faultyUpstream } from '../rig/faulty-upstream.ts'
import { flushAhead } from '../rig/flush-ahead.ts'
import { gatewayVariables } from '../rig/gateway-variables.ts'
import { type KillableFunction, killableFunction } from '../rig/killable-function.ts'
import { randomFrom } from '../rig/random.ts'
import { getRequestNumber, type Reconciliation, reconcile } from '../rig/reconcile.ts'
import type { StoreUnderTest } from '../rig/store-under-test.ts'
import { listTcpSockets } from '../servers/open-sockets.ts'
import { type CloudBaseAuth, startCloudBaseAuth } from '../stand-ins/cloudbase-auth.ts'
import { memoryMb } from '../stats/process-meter.ts'
import { computeDrift, type Drift } from './drift.ts'

export interface SoakOptions {
  readonly seconds: number
  /** Requests that start each second, even if earlier ones have not ended. */
  readonly rate: number
  readonly seed: number
}

export interface SoakResult {
  readonly reconciliation: Reconciliation
  /** Records with the wrong user. */
  readonly misattributed: number
  readonly memory: Drift
  /** Connections that are open at the end, after idle ones were closed. */
  readonly leftOpen: { readonly clients: number; readonly provider: number; readonly webhook: number }
  /** Number of replies by status. Status 0: the client left before the reply. */
  readonly statuses: Readonly<Record<number, number>>
}

/** Shares of responses and deliveries with a fault, and of clients that leave early. */
const faults = { provider: 0.05, webhook: 0.02 }
const leaves = 0.05
const users = 100
/** The heap of a small function. With a large heap, garbage stays for minutes and growth does not show a leak. */
const smallHeap = '--max-old-space-size=64'

/** Sends requests of many users to one built function at a steady rate, with faults on every side. Then compares its books and
 *  measures its memory and open connections. */
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
    const { observations, samples } = await sendLoad(gateway, auth, options)
    await sleep(settleMs)
    const leftOpen = {
      clients: countClients(gateway),
      provider: await upstream.countOpenConnections(),
      webhook: await receiver.countOpenConnections(),
    }
    receiver.setFaults(0)
    await flushAhead(variables, 1)
    const rows = await store.rows()
    const { truth } = upstream
    return {
      reconciliation: reconcile({ observations, truth, rows, taken: receiver.taken, degraded }),
      misattributed: rows.filter((row) => row.user_id !== getUser(getRequestNumber(row))).length,
      memory: computeDrift(samples),
      leftOpen,
      statuses: countStatuses(observations),
    }
  } finally {
    await gateway.kill()
    await Promise.all([upstream.close(), receiver.close(), auth.close()])
  }
}

/** Time for the last completions to end after their clients are gone, in milliseconds. */
const settleMs = 3_000

/** The user of a request. */
const getUser = (number: number): string => `user-${number % users}`

const countClients = (gateway: KillableFunction): number =>
  listTcpSockets(gateway.pid()).filter(({ localPort, listens }) => localPort === gateway.port() && !listens).length

/** Sends requests at a steady rate and takes a sample of the function's memory each second, in MB. */
const sendLoad = async (gateway: KillableFunction, auth: CloudBaseAuth, { seconds, rate, seed }: SoakOptions) => {
  const random = randomFrom(seed)
  const tokens = Array.from({ length: users }, (_, number) => auth.token({ claims: { sub: getUser(number) } }))
  const port = gateway.port() ?? 0
  const pending: Promise<Observation>[] = []
  const samples: number[] = []
  const begin = performance.now()
  for (let number = 0; number < seconds * rate; number++) {
    const waitMs = begin + (number * 1_000) / rate - performance.now()
    if (waitMs > 0) await sleep(waitMs)
    if (number % rate === 0) samples.push(memoryMb(gateway.pid(), 'VmRSS'))
    pending.push(observe(number, { port, random, leaves, token: tokens[number % users] as string }))
  }
  return { observations: await Promise.all(pending), samples }
}

const countStatuses = (observations: readonly Observation[]): Record<number, number> => {
  const counts: Record<number, number> = {}
  for (const { status } of observations) counts[status] = (counts[status] ?? 0) + 1
  return counts
}
