import type { Usage } from '../../protocol/usage.ts'
import type { Log } from '../../runtime/log.ts'
import { priceUsage, type Tariff } from '../cost/pricing.ts'
import { attemptDelivery, type DeliverRecord, getDeliveryDelayMs } from '../delivery/delivery.ts'
import { getRowPrices, toFinalFields, toUsageRecord, type UsageRow } from '../store/row.ts'
import type { RowQuery, UsageStore } from '../store/store.ts'
import { processInBatches } from './process-batches.ts'
import { type Transition, transition } from './transition.ts'

export interface FlushOptions {
  readonly store: UsageStore
  /** Undefined: nothing is delivered, orphans are closed only. */
  readonly deliver: DeliverRecord | undefined
  readonly tariff: Tariff
  /** No new work begins after so long, in milliseconds. */
  readonly budgetMs: number
  readonly log: Log
  /** Milliseconds since 1970. */
  readonly now: () => number
  /** The clock that says which deliveries are due, where it is another one than `now`. */
  readonly deliveryNow?: () => number
}

/** What one run of the flush did, in records. */
export interface FlushCounts {
  /** Answers whose function died, closed from what was durable. */
  readonly orphans: number
  readonly delivered: number
  /** Deliveries that failed and will be tried again. */
  readonly postponed: number
  /** Deliveries given up after 72 hours; `redrive` tries them again. */
  readonly dead: number
}

/** An open row whose deadline is past by this much, in milliseconds, is an orphan: the clocks of two instances may differ. */
const orphanGraceMs = 60_000
/** A delivery that is under way is nobody else's for this long, in milliseconds. */
const leaseMs = 120_000
const batchSize = 200
/** Time in which a transition may begin again after a failure, in milliseconds. */
const transitionBudgetMs = 3_000

type Counter = { -readonly [Name in keyof FlushCounts]: number }

/** Closes the orphans and delivers what is due. Any number of runs may go on at once, and any may die at any point: each
 *  transition is won by one of them, and a record that was on its way when its run died becomes due again. */
export const flush = async (options: FlushOptions): Promise<FlushCounts> => {
  const counter: Counter = { orphans: 0, delivered: 0, postponed: 0, dead: 0 }
  const { store, deliver, now, deliveryNow = now, log, budgetMs } = options
  const startedAt = performance.now()
  const orphaned = (): Promise<UsageRow[]> =>
    store.find(toRowQuery({ state: 'open' }, 'deadline_at', now() - orphanGraceMs))
  await processInBatches({
    due: orphaned,
    handle: ignoreFailure((row) => closeOrphan(row, options, counter), log),
    budgetMs,
  })
  if (!deliver) return counter
  const due = (): Promise<UsageRow[]> =>
    store.find(toRowQuery({ state: 'final', delivery: 'pending' }, 'next_at', deliveryNow()))
  const handle = ignoreFailure((row) => deliverDue(row, { ...options, deliver, now: deliveryNow }, counter), log)
  await processInBatches({ due, handle, budgetMs: budgetMs - (performance.now() - startedAt) })
  return counter
}

/** One row that cannot be handled, because the store fails, does not keep the others from it. */
const ignoreFailure =
  (handle: (row: UsageRow) => Promise<void>, log: Log) =>
  (row: UsageRow): Promise<boolean> =>
    handle(row).then(
      () => true,
      () => {
        log('warn', 'usage_flush_failed', { request_id: row.id })
        return false
      },
    )

/** Makes records that were given up due again, as many as the time allows; resolves with their number. */
export const redrive = async ({ store, now, budgetMs }: Pick<FlushOptions, 'store' | 'now' | 'budgetMs'>) => {
  let redriven = 0
  const due = (): Promise<UsageRow[]> => store.find(toRowQuery({ state: 'final', delivery: 'dead' }, 'next_at', now()))
  const handle = async ({ id, mark }: UsageRow): Promise<boolean> => {
    const set = { delivery: 'pending', attempts: 0, next_at: now() } as const
    const isDue = (await transition(store, id, { when: { mark }, set }, transitionBudgetMs)) !== undefined
    if (isDue) redriven++
    return isDue
  }
  await processInBatches({ due, handle, budgetMs })
  return redriven
}

const toRowQuery = (equal: Partial<UsageRow>, field: 'deadline_at' | 'next_at', value: number): RowQuery => ({
  equal,
  atMost: { field, value },
  order: 'ascending',
  limit: batchSize,
})

const closeOrphan = async (row: UsageRow, options: FlushOptions, counter: Counter): Promise<void> => {
  const { store, tariff, deliver, now, log } = options
  const usage = getOrphanUsage(row)
  const closing = { outcome: 'orphan', usage, estimated: true, latencyMs: row.latency_ms, ttftMs: row.ttft_ms } as const
  const final = toFinalFields(closing, priceUsage(usage, getRowPrices(row), tariff), now())
  const set = { ...final, ...(deliver && ({ delivery: 'pending', next_at: now() } as const)) }
  const when = { state: 'open', mark: row.mark } as const
  if (!(await transition(store, row.id, { when, set }, transitionBudgetMs))) return
  counter.orphans++
  log('warn', 'usage_orphaned', { request_id: row.id })
}

/** An orphan is charged for what is known to have been delivered: the prompt and the output up to its last progress, or
 *  nothing where there is none. */
const getOrphanUsage = ({ prompt_estimate: prompt, progress_tokens: completion }: UsageRow): Usage =>
  completion === 0
    ? { prompt_tokens: 0, completion_tokens: 0, total_tokens: 0 }
    : { prompt_tokens: prompt, completion_tokens: completion, total_tokens: prompt + completion }

type Delivering = FlushOptions & { readonly deliver: DeliverRecord }

/** Takes the lease of a row by moving its next attempt on, delivers, and writes down what came of it. */
const deliverDue = async (row: UsageRow, options: Delivering, counter: Counter): Promise<void> => {
  const { store, deliver, now, log } = options
  const attempts = row.attempts + 1
  const lease = { when: { mark: row.mark }, set: { attempts, next_at: now() + leaseMs } }
  const mark = await transition(store, row.id, lease, transitionBudgetMs)
  if (!mark) return
  const reason = await attemptDelivery(deliver, toUsageRecord(row))
  const result = reason === undefined ? 'delivered' : getFailedResult(attempts)
  const change: Transition = { when: { mark }, set: resultFields[result](attempts, now()) }
  if (!(await transition(store, row.id, change, transitionBudgetMs))) return
  counter[result]++
  const [level, event] = resultLogs[result]
  log(level, event, { request_id: row.id, attempts, reason })
}

const resultLogs = {
  delivered: ['info', 'usage_delivered'],
  postponed: ['warn', 'usage_postponed'],
  dead: ['error', 'usage_dead'],
} as const

const getFailedResult = (attempts: number): 'postponed' | 'dead' =>
  getDeliveryDelayMs(attempts) === undefined ? 'dead' : 'postponed'

const resultFields: Readonly<
  Record<'delivered' | 'postponed' | 'dead', (attempts: number, now: number) => Partial<UsageRow>>
> = {
  delivered: () => ({ delivery: 'sent' }),
  postponed: (attempts, now) => ({ next_at: now + (getDeliveryDelayMs(attempts) ?? 0) }),
  dead: () => ({ delivery: 'dead' }),
}
