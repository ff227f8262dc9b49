import type { Log } from '../../runtime/log.ts'
import type { Tariff } from '../cost/pricing.ts'
import type { DeliverRecord } from '../delivery/delivery.ts'
import type { UsageRow } from '../store/row.ts'
import type { UsageStore } from '../store/store.ts'
import { closeOrphan } from './close-orphan.ts'
import { deliverPending } from './deliver-pending.ts'
import { processDueRows } from './process-due-rows.ts'

/** The options of {@link flush}. */
export interface FlushOptions {
  readonly store: UsageStore
  /** Undefined: orphans are closed, but no record is delivered. */
  readonly deliver: DeliverRecord | undefined
  /** Undefined: the prices cannot be read, so orphans stay open. */
  readonly tariff: Tariff | undefined
  /** No row is begun after this time, in milliseconds. */
  readonly budgetMs: number
  readonly log: Log
  /** Milliseconds since 1970. */
  readonly now: () => number
  /** The clock of deliveries. Default `now`. */
  readonly deliveryNow?: () => number
}

/** The records that one run of the flush handled. */
export interface FlushCounts {
  /** Calls whose function died. They are closed with the last state in the store. */
  readonly orphans: number
  readonly delivered: number
  /** Deliveries that failed and will be tried again. */
  readonly postponed: number
  /** Deliveries that were given up after 72 hours; `redrive` tries them again. */
  readonly dead: number
}

/** An open row is an orphan this long after its deadline, in milliseconds: the clocks of two instances may differ. */
const orphanGraceMs = 60_000

/** Closes the orphans, then delivers the pending records. Any number of runs may overlap, and a run may die at any point: only one
 *  run wins each transition, and a record whose run died becomes due again. */
export const flush = async (options: FlushOptions): Promise<FlushCounts> => {
  const { store, deliver, tariff, now, deliveryNow = now, log, budgetMs } = options
  const counts = { orphans: 0, delivered: 0, postponed: 0, dead: 0 }
  const startedAt = performance.now()
  if (tariff)
    await processDueRows({
      store,
      equal: { state: 'open' },
      dueField: 'deadline_at',
      now: () => now() - orphanGraceMs,
      groupSize: 2,
      handle: logFailure(log, async (rows) => {
        const closed = await Promise.all(rows.map((row) => closeOrphan(row, { ...options, tariff })))
        const count = closed.filter(Boolean).length
        counts.orphans += count
        return count
      }),
      budgetMs,
    })
  if (!deliver) return counts
  await processDueRows({
    store,
    equal: { state: 'final', delivery: 'pending' },
    dueField: 'next_at',
    now: deliveryNow,
    groupSize: 20,
    handle: logFailure(log, async (rows) => {
      const results = await deliverPending(rows, { store, deliver, log, now: deliveryNow })
      for (const result of ['delivered', 'postponed', 'dead'] as const) counts[result] += results[result]
      return results.delivered + results.postponed + results.dead
    }),
    budgetMs: budgetMs - (performance.now() - startedAt),
  })
  return counts
}

/** Resolves with 0 if the store fails, so that the run goes on with other rows. */
const logFailure =
  (log: Log, handle: (rows: readonly UsageRow[]) => Promise<number>) =>
  (rows: readonly UsageRow[]): Promise<number> =>
    handle(rows).catch(() => {
      for (const { id } of rows) log('warn', 'usage_flush_failed', { request_id: id })
      return 0
    })
