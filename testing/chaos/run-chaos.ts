import { type Observation, observe } from '../rig/client.ts'
import { type Flushed, flushAhead } from '../rig/flush-ahead.ts'
import { gatewayVariables } from '../rig/gateway-variables.ts'
import { type KillableFunction, killableFunction, type Variables } from '../rig/killable-function.ts'
import { between, randomFrom } from '../rig/random.ts'
import { faultyReceiver } from '../rig/receiver.ts'
import { type Reconciliation, reconcile } from '../rig/reconcile.ts'
import type { StoreUnderTest } from '../rig/store-under-test.ts'
import { faultyUpstream } from '../rig/upstream.ts'
import { type EndWaits, endWaits } from './end-waits.ts'

export interface ChaosOptions {
  readonly requests: number
  /** Share of the provider's answers, the webhook's and the store's that meet a fault, from 0 to 1. */
  readonly faults: number
  /** How often a function's process is killed without warning. */
  readonly kills: number
  readonly seed: number
}

export interface ChaosResult {
  readonly reconciliation: Reconciliation
  /** What the flush did after the run, in all its processes together. */
  readonly flush: Flushed
  /** Records that were waiting for the flush. */
  readonly pending: number
}

const processes = 2
const flushes = 4
const clients = 24
/** Share of clients that leave early. */
const leaves = 0.05

/** Sends requests to built functions while their provider, webhook and store fail, their clients leave and their processes
 *  are killed; then heals what is outside, runs the flush in several processes at once, and lays the books side by side. */
export const runChaos = async (store: StoreUnderTest, options: ChaosOptions): Promise<ChaosResult> => {
  const upstream = await faultyUpstream(options)
  const receiver = await faultyReceiver(options)
  const variables = variablesFor(store, { upstream: upstream.url, webhook: receiver.url })
  try {
    const { observations, degraded } = await rage(store, variables, options)
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

const variablesFor = (...given: Parameters<typeof gatewayVariables>): Variables => ({
  ...gatewayVariables(...given),
  DISABLE_AUTH: 'true',
})

/** The wait at the end of answers while nothing fails. */
export interface CalmWaits {
  readonly recorded: EndWaits
  /** The same where nothing is recorded. */
  readonly unrecorded: EndWaits
}

/** Measures how long clients wait at the end of an answer for its record, with all in good health. Its rows lie apart. */
export const measureCalm = async (store: StoreUnderTest, seed: number): Promise<CalmWaits> => {
  const upstream = await faultyUpstream({ faults: 0, seed })
  const receiver = await faultyReceiver({ faults: 0, seed })
  const variables = variablesFor(store, { upstream: upstream.url, webhook: receiver.url })
  try {
    const unrecorded = await endWaits({ ...variables, USAGE_STORE: 'none', BILLING_WEBHOOK_URL: '' })
    const recorded = await endWaits({ ...variables, USAGE_TABLE: 'calm', USAGE_COLLECTION: 'calm' })
    return { recorded, unrecorded }
  } finally {
    await upstream.close()
    await receiver.close()
  }
}

/** The run itself. At its end every process is gone and every client has gone home. */
const rage = async (store: StoreUnderTest, variables: Variables, options: ChaosOptions) => {
  const { requests, kills, faults, seed } = options
  let degraded = 0
  const onLog = (line: string): void => {
    if (line.includes('"usage_degraded"')) degraded++
  }
  const start = (): Promise<KillableFunction> => killableFunction('llm-chat-completions', variables, onLog)
  const functions = await Promise.all(Array.from({ length: processes }, start))
  await store.setFaults(faults)
  const random = randomFrom(seed + 3)
  const killAt = new Set(Array.from({ length: kills }, (_, kill) => Math.floor(((kill + 0.5) * requests) / kills)))
  const observations: Observation[] = []
  const restarts: Promise<void>[] = []
  let next = 0
  const client = async (): Promise<void> => {
    while (next < requests) {
      const number = next++
      if (killAt.has(number)) restarts.push(oneOf(functions, random).killAndRestart())
      const port = await portOf(functions, random)
      observations.push(await observe(number, { port, random, leaves }))
    }
  }
  await Promise.all(Array.from({ length: clients }, client))
  await Promise.all(restarts)
  await Promise.all(functions.map((running) => running.kill()))
  return { observations, degraded }
}

const oneOf = (functions: readonly KillableFunction[], random: () => number): KillableFunction =>
  functions[between(random, 0, functions.length - 1)] as KillableFunction

/** The port of a process that is up. */
const portOf = async (functions: readonly KillableFunction[], random: () => number): Promise<number> => {
  for (;;) {
    const port = oneOf(functions, random).port()
    if (port !== undefined) return port
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}
