import { type EndWaits, endWaits } from './calm.ts'
import { type Observation, observe } from './client.ts'
import { type FunctionProcess, functionProcess, runEventFunction, type Variables } from './function-process.ts'
import { between, randomFrom } from './random.ts'
import { chaosReceiver, type Receiver } from './receiver.ts'
import { type Reconciliation, reconcile } from './reconcile.ts'
import type { StoreUnderTest } from './store-under-test.ts'
import { chaosUpstream } from './upstream.ts'

export interface ChaosOptions {
  readonly requests: number
  /** Share of the provider's answers, the webhook's and the store's that meet a fault, from 0 to 1. */
  readonly faults: number
  /** How often a function's process is killed without warning. */
  readonly kills: number
  readonly seed: number
}

/** What the flush did after the run, in all its processes together. */
export interface ChaosFlush {
  readonly orphans: number
  readonly delivered: number
}

export interface ChaosResult {
  readonly reconciliation: Reconciliation
  readonly flush: ChaosFlush
  /** Records that were waiting for the flush. */
  readonly pending: number
}

const processes = 2
const flushes = 4
const clients = 24
/** Share of clients that leave early. */
const leaves = 0.05
/** How far ahead of ours the flush's clock is, in milliseconds: by then every open row is an orphan and every delivery due. */
const flushAheadMs = 300_000
/** Sets a process's clock ahead: an event's `now` is for deliveries alone. Without spaces, which would end the option. */
const clockAhead = `globalThis.clock=Date.now;Date.now=()=>clock()+${flushAheadMs}`

/** Sends requests to built functions while their provider, webhook and store fail, their clients leave and their processes
 *  are killed; then heals what is outside, runs the flush in several processes at once, and lays the books side by side. */
export const runChaos = async (store: StoreUnderTest, options: ChaosOptions): Promise<ChaosResult> => {
  const upstream = await chaosUpstream(options)
  const receiver = await chaosReceiver(options)
  const variables = variablesFor(store, { upstream: upstream.url, webhook: receiver.url })
  try {
    const { observations, degraded } = await rage(store, variables, options)
    await store.setFaults(0)
    receiver.setFaults(0)
    const pending = (await store.rows()).filter(({ delivery }) => delivery === 'pending').length
    const flush = await flushAll(variables)
    const rows = await store.rows()
    const { truth } = upstream
    const reconciliation = reconcile({ observations, truth, rows, taken: receiver.taken, degraded })
    return { reconciliation, flush, pending }
  } finally {
    await upstream.close()
    await receiver.close()
  }
}

const variablesFor = (store: StoreUnderTest, urls: { upstream: string; webhook: Receiver['url'] }): Variables => ({
  ...store.variables,
  DISABLE_AUTH: 'true',
  ALLOW_PRIVATE_UPSTREAMS: 'true',
  MODEL_PROVIDER_MAP: JSON.stringify({ m: { provider: 'openai', api_base: urls.upstream, api_key: 'key-of-a-test' } }),
  MODEL_PROVIDER_MAP_FILE: '',
  BILLING_WEBHOOK_URL: urls.webhook,
  USAGE_PROGRESS_INTERVAL: '150',
  UPSTREAM_TIMEOUT_IDLE: '1500',
  UPSTREAM_TIMEOUT_FIRST_BYTE: '1500',
  UPSTREAM_TIMEOUT_TOTAL: '15000',
  LOG_LEVEL: 'error',
})

/** The wait at the end of answers while nothing fails. */
export interface CalmWaits {
  readonly recorded: EndWaits
  /** The same where nothing is recorded. */
  readonly unrecorded: EndWaits
}

/** Measures how long clients wait at the end of an answer for its record, with all in good health. Its rows lie apart. */
export const measureCalm = async (store: StoreUnderTest, seed: number): Promise<CalmWaits> => {
  const upstream = await chaosUpstream({ faults: 0, seed })
  const receiver = await chaosReceiver({ faults: 0, seed })
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
  const start = (): Promise<FunctionProcess> => functionProcess('llm-chat-completions', variables, onLog)
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

const oneOf = (functions: readonly FunctionProcess[], random: () => number): FunctionProcess =>
  functions[between(random, 0, functions.length - 1)] as FunctionProcess

/** The port of a process that is up. */
const portOf = async (functions: readonly FunctionProcess[], random: () => number): Promise<number> => {
  for (;;) {
    const port = oneOf(functions, random).port()
    if (port !== undefined) return port
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}

const flushAll = async (variables: Variables): Promise<ChaosFlush> => {
  const ahead = { ...variables, NODE_OPTIONS: `--import=data:text/javascript,${clockAhead}` }
  const run = (): Promise<unknown> => runEventFunction('llm-usage-flush', ahead, {})
  const reports = (await Promise.all(Array.from({ length: flushes }, run))) as ChaosFlush[]
  return {
    orphans: reports.reduce((sum, report) => sum + report.orphans, 0),
    delivered: reports.reduce((sum, report) => sum + report.delivered, 0),
  }
}
