import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import type { FuzzProperty } from './property.ts'

/** Ends the process if a case hangs. It runs in its own thread, because code that never returns blocks the timers of its thread. */
export interface Watchdog {
  /** The properties. Each case resets the watchdog. */
  readonly watched: readonly FuzzProperty[]
  readonly end: () => Promise<unknown>
}

/** Waits until the counter of cases changes. If it does not, prints the title of the property and kills the process. */
const watch = `
const { workerData: { shared, titles, timeoutMs } } = require('node:worker_threads')
const counters = new Int32Array(shared)
for (;;) {
  const seen = Atomics.load(counters, 0)
  if (Atomics.wait(counters, 0, seen, timeoutMs) !== 'timed-out') continue
  require('node:fs').writeSync(2, 'A case hangs: ' + titles[Atomics.load(counters, 1)] + '\\n')
  process.kill(process.pid, 'SIGKILL')
}`

/** Starts a watchdog that waits `timeoutMs` for the next case. Resolves when it is ready. */
export const watchProgress = async (properties: readonly FuzzProperty[], timeoutMs = 60_000): Promise<Watchdog> => {
  const shared = new SharedArrayBuffer(8)
  const counters = new Int32Array(shared)
  const titles = properties.map(({ title }) => title)
  const worker = new Worker(watch, { eval: true, execArgv: [], workerData: { shared, titles, timeoutMs } })
  await once(worker, 'online')
  worker.unref()
  const step = (index: number): void => {
    Atomics.store(counters, 1, index)
    Atomics.add(counters, 0, 1)
    Atomics.notify(counters, 0)
  }
  return {
    watched: properties.map((property, index) => ({
      ...property,
      on: (lab) => property.on(lab).beforeEach(() => step(index)),
    })),
    end: () => worker.terminate(),
  }
}
