import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import type { FuzzProperty } from './property.ts'

/** Ends the process when it stands still: code that never returns lets no timer of its own thread run. */
export interface Watchdog {
  /** Properties whose every case is told to the watchdog. */
  readonly watched: readonly FuzzProperty[]
  readonly end: () => Promise<unknown>
}

/** Waits for the counter of cases to move; says which property is at it when it does not. */
const watch = `
const { workerData: { shared, titles, patienceMs } } = require('node:worker_threads')
const counters = new Int32Array(shared)
for (;;) {
  const seen = Atomics.load(counters, 0)
  if (Atomics.wait(counters, 0, seen, patienceMs) !== 'timed-out') continue
  require('node:fs').writeSync(2, 'A case hangs: ' + titles[Atomics.load(counters, 1)] + '\\n')
  process.kill(process.pid, 'SIGKILL')
}`

/** Starts a watchdog that waits `patienceMs` for the next case; resolves when it watches. */
export const watchProgress = async (properties: readonly FuzzProperty[], patienceMs = 60_000): Promise<Watchdog> => {
  const shared = new SharedArrayBuffer(8)
  const counters = new Int32Array(shared)
  const titles = properties.map(({ title }) => title)
  const worker = new Worker(watch, { eval: true, execArgv: [], workerData: { shared, titles, patienceMs } })
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
