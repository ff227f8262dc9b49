import { type Observation, observe } from '../rig/client.ts'
import { faultyReceiver } from '../rig/faulty-receiver.ts'
import { faultyUpstream } from '../rig/faulty-upstream.ts'
import { type Flushed, flushAhead } from '../rig/flush-ahead.ts'
import { gatewayVariables } from '../rig/gateway-variables.ts'
import { type KillableFunction, killableFunction, type Variables } from '../rig/killable-function.ts'
import { randomFrom } from '../rig/random.ts'
import { type Reconciliation, reconcile } from '../rig/reconcile.ts'
import type { StoreUnderTest } from '../rig/store-under-test.ts'
import { type EndWaits, endWaits } from './end-waits.ts'
import { pickPort, runKilledLoad } from './killed-load.ts'

export interface ChaosOptions {
  readonly requests: number
  /** Share of faults in provider, webhook and store, from 0 to 1. */
  readonly faults: number
  /** Number of times a process is killed with SIGKILL. */
  readonly kills: number
  readonly seed: number
}

export interface ChaosResult {
  readonly reconciliation: Reconciliation
  /** What all flushes after the run did together. */
  readonly flush: Flushed
  /** Records that waited for the flush. */
  readonly pending: number
}

const processes = 2
const flushes = 4
/** Share of clients that leave early. */
const leaves = 0.05

/** Sends requests to built functions while provider, webhook and store fail, clients leave and processes are killed. Then ends
 *  all faults, runs the flush in several processes at once, and compares the books. */
export const runChaos = async (store: StoreUnderTest, options: ChaosOptions): Promise<ChaosResult> => {
  const upstream = await faultyUpstream(options)
  const receiver = await faultyReceiver(options)
  const variables = toVariables(store, { upstream: upstream.url, webhook: receiver.url })
  try {
    const { observations, degraded } = await runLoad(store, variables, options)
    await store.setFaults(0)
    receiver.setFaults(0)
    const pending = (await store.rows()).filter(({ delivery }) => delivery === 'pending').length
    const flush = await flushAhead(variables, flushes)
    const rows = await store.rows()
    const { truth } = upstream
    const reconciliation = reconcile({ observations, truth, rows, taken: receiver.taken, degraded })
    return { reconciliation, flush, pending }
  } finally {
    await upstream.close()
    await receiver.close()
  }
}

const toVariables = (...given: Parameters<typeof gatewayVariables>): Variables => ({
  ...gatewayVariables(...given),
  DISABLE_AUTH: 'true',
})

/** The wait at the end of streams while nothing fails. */
export interface CalmWaits {
  readonly recorded: EndWaits
  /** The same without a usage store. */
  readonly unrecorded: EndWaits
}

/** Measures how long clients wait for the record at the end of a stream, without faults. Its rows are in a table of their own. */
export const measureCalm = async (store: StoreUnderTest, seed: number): Promise<CalmWaits> => {
  const upstream = await faultyUpstream({ faults: 0, seed })
  const receiver = await faultyReceiver({ faults: 0, seed })
  const variables = toVariables(store, { upstream: upstream.url, webhook: receiver.url })
  try {
    const unrecorded = await endWaits({ ...variables, USAGE_STORE: 'none', BILLING_WEBHOOK_URL: '' })
    const recorded = await endWaits({ ...variables, USAGE_TABLE: 'calm', USAGE_COLLECTION: 'calm' })
    return { recorded, unrecorded }
  } finally {
    await upstream.close()
    await receiver.close()
  }
}

/** Sends the requests. At the end all clients are done and all processes have ended. */
const runLoad = async (store: StoreUnderTest, variables: Variables, options: ChaosOptions) => {
  const { requests, kills, faults, seed } = options
  let degraded = 0
  const onLog = (line: string): void => {
    if (line.includes('"usage_degraded"')) degraded++
  }
  const start = (): Promise<KillableFunction> => killableFunction('llm-chat-completions', variables, onLog)
  const functions = await Promise.all(Array.from({ length: processes }, start))
  await store.setFaults(faults)
  const random = randomFrom(seed + 3)
  const observations: Observation[] = []
  const step = async (number: number): Promise<void> => {
    const port = await pickPort(functions, random)
    observations.push(await observe(number, { port, random, leaves }))
  }
  await runKilledLoad({ requests, kills, functions, random, step })
  return { observations, degraded }
}
