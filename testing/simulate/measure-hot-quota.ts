import { setTimeout as sleep } from 'node:timers/promises'
import type { RangeStore } from '../../shared/drivers/change-row.ts'
import type { Quota } from '../../shared/limits/quotas/quota.ts'
import { createQuotas } from '../../shared/limits/quotas/quotas.ts'
import { rangeRows } from '../stand-ins/range-rows.ts'
import { percentile } from '../stats/summary.ts'
import { formatTable } from './format-table.ts'

/** How a quota was measured. */
interface HotQuota {
  readonly instances: number
  readonly callsPerSecond: number
  /** Milliseconds. */
  readonly median: number
  readonly p99: number
  /** Calls that were refused, or failed. The quota has room for all. */
  readonly failed: number
}

/** The load of a measurement. */
interface HotLoad {
  readonly instances: number
  readonly callsPerSecond: number
  readonly seconds: number
  /** Of one trip to the store and back, in milliseconds. */
  readonly tripMs: number
}

/** Lets instances take from one quota and measures how long each call waits, with the gateway's own code over a store in
 *  memory that is as far away as `tripMs`. */
const measureHotQuota = async (quota: Quota, load: HotLoad): Promise<HotQuota> => {
  const store = createDistantRows(load.tripMs)
  const instances = Array.from({ length: load.instances }, () => createQuotas({ store }))
  const waits: number[] = []
  let failed = 0
  const user = { id: 'u', kind: 'user', groups: ['g'] } as const
  const call = async (number: number): Promise<void> => {
    const startedAt = performance.now()
    const amounts = { requests: 1, tokens: 1_000, points: 10 }
    const asked = { user, model: 'm', id: String(number), amounts, maxMs: 60_000 }
    const result = await instances[number % load.instances]?.take([quota], asked).catch(() => undefined)
    if (!result || !('settle' in result)) failed += 1
    else waits.push(performance.now() - startedAt)
  }
  const calls: Promise<void>[] = []
  const total = load.callsPerSecond * load.seconds
  const startedAt = performance.now()
  for (let number = 0; number < total; number++) {
    const dueAt = startedAt + (number / load.callsPerSecond) * 1_000
    if (dueAt > performance.now()) await sleep(dueAt - performance.now())
    calls.push(call(number))
  }
  await Promise.all(calls)
  const { instances: count, callsPerSecond } = load
  const [median = 0, p99 = 0] = [0.5, 0.99].map((share) => Math.round(percentile(waits, share)))
  return { instances: count, callsPerSecond, median, p99, failed }
}

/** The loads of docs/scaling.md. */
const loads = [
  [4, 100],
  [16, 200],
  [140, 667],
] as const

/** Measures a quota of a group, which is one row, beside one of all calls, which is many. Resolves with a Markdown table. */
export const measureAll = async (): Promise<string> => {
  const rows: string[][] = []
  for (const [instances, callsPerSecond] of loads) {
    const load = { instances, callsPerSecond, seconds: 8, tripMs: 10 }
    const [one, many] = [
      await measureHotQuota(hotQuota('group'), load),
      await measureHotQuota(hotQuota('environment'), load),
    ]
    rows.push(
      [instances, callsPerSecond, one.median, one.p99, many.median, many.p99, one.failed + many.failed].map(String),
    )
  }
  const names = ['median', '99th percentile']
  const heads = [...names.map((name) => `one row: ${name}, ms`), ...names.map((name) => `spread: ${name}, ms`)]
  return formatTable(['instances', 'calls/s', ...heads, 'failed'], rows)
}

const hotQuota = (per: Quota['per']): Quota => ({
  ...{ name: 'hot', unit: 'requests', window: 'day', per, limit: 10_000_000 },
  ...{ models: undefined, groups: undefined },
})

/** Rows in memory, half of a trip away. */
const createDistantRows = (tripMs: number): RangeStore => {
  const { read, insert, replace, findRange } = rangeRows()
  const far =
    <Given, Result>(work: (given: Given) => Promise<Result>) =>
    async (given: Given): Promise<Result> => {
      await sleep(tripMs / 2)
      const result = await work(given)
      await sleep(tripMs / 2)
      return result
    }
  return { read: far(read), insert: far(insert), replace: far(replace), findRange: far(findRange) }
}
