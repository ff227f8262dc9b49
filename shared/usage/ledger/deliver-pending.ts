import type { Log } from '../../runtime/log.ts'
import { attemptDelivery, type DeliverRecord, getDeliveryDelayMs } from '../delivery/delivery.ts'
import { toUsageRecord, type UsageRow } from '../store/row.ts'
import type { UsageStore } from '../store/store.ts'
import { backgroundBudgetMs, type Transition, transition } from './transition.ts'

/** The options of {@link deliverPending}. */
export interface PendingOptions {
  readonly store: UsageStore
  readonly deliver: DeliverRecord
  readonly log: Log
  /** Milliseconds since 1970. */
  readonly now: () => number
}

/** How a delivery ended: `postponed` is tried again, `dead` is given up. */
export type DeliveryResult = 'delivered' | 'postponed' | 'dead'

/** During a delivery, no other run takes the row for this long, in milliseconds. */
const leaseMs = 120_000

/** Takes the lease of a pending row by moving its next attempt into the future, delivers its record, and writes the result. Resolves
 *  with undefined if another run has the row. */
export const deliverPending = async (row: UsageRow, options: PendingOptions): Promise<DeliveryResult | undefined> => {
  const { store, deliver, now, log } = options
  const attempts = row.attempts + 1
  const lease = { when: { mark: row.mark }, set: { attempts, next_at: now() + leaseMs } }
  const mark = await transition(store, row.id, lease, backgroundBudgetMs)
  if (!mark) return undefined
  const reason = await attemptDelivery(deliver, toUsageRecord(row))
  const result = reason === undefined ? 'delivered' : getFailedResult(attempts)
  const change: Transition = { when: { mark }, set: resultFields[result](attempts, now()) }
  if (!(await transition(store, row.id, change, backgroundBudgetMs))) return undefined
  const [level, event] = resultLogs[result]
  log(level, event, { request_id: row.id, attempts, reason })
  return result
}

const getFailedResult = (attempts: number): 'postponed' | 'dead' =>
  getDeliveryDelayMs(attempts) === undefined ? 'dead' : 'postponed'

const resultFields: Readonly<Record<DeliveryResult, (attempts: number, now: number) => Partial<UsageRow>>> = {
  delivered: () => ({ delivery: 'sent' }),
  postponed: (attempts, now) => ({ next_at: now + (getDeliveryDelayMs(attempts) ?? 0) }),
  dead: () => ({ delivery: 'dead' }),
}

const resultLogs = {
  delivered: ['info', 'usage_delivered'],
  postponed: ['warn', 'usage_postponed'],
  dead: ['error', 'usage_dead'],
} as const
