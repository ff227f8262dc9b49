import { randomUUID } from 'node:crypto'
import type { Log } from '../../runtime/log.ts'
import { attemptDelivery, type DeliverRecord, firstDelayMs } from '../delivery/delivery.ts'
import type { UsageRecord } from '../store/record.ts'
import type { UsageRow } from '../store/row.ts'
import type { UsageStore } from '../store/store.ts'
import { retryUntil, transition, writingBudgetMs } from './transition.ts'

/** An answer that has ended. */
export interface EndedResponse {
  /** The row as it was opened. */
  readonly row: UsageRow
  /** The fields that its end sets. */
  readonly final: Partial<UsageRow>
  /** What both make together. */
  readonly record: UsageRecord
  /** Whether the row is in the store as an open one: `perhaps` where writing it failed without telling. */
  readonly opened: 'no' | 'perhaps' | 'yes'
}

export interface SettleOptions {
  readonly store: UsageStore | undefined
  readonly deliver: DeliverRecord | undefined
  /** Hears of an end that the store failed to take, as it is to be written once the store is back. */
  readonly onFailure: (answer: EndedResponse) => void
  readonly log: Log
}

/** Writes the final row of an answer, then tries once to deliver its record: in this order, so that the webhook does not hear
 *  of what the store does not hold. It never rejects. A record that is not kept is logged whole, so that it can be entered by
 *  hand: it holds no secret. */
export const settle = async (answer: EndedResponse, options: SettleOptions): Promise<void> => {
  const { store, deliver, onFailure, log } = options
  const { row, record } = answer
  const pending = deliver ? asPending(answer) : answer
  let failed = false
  const fail = (): undefined => {
    failed = true
  }
  const mark = store && (await writeFinal(store, pending).catch(fail))
  const reason = deliver && (await attemptDelivery(deliver, record))
  const delivered = deliver !== undefined && reason === undefined
  if (store && mark && delivered) await markSent(store, row.id, mark)
  if (mark && reason !== undefined) log('warn', 'usage_postponed', { request_id: row.id, attempts: 1, reason })
  if (failed) onFailure(delivered ? asSent(answer) : pending)
  if (!mark) logUnsavedRecord(answer, delivered, options)
}

/** Logs a record that is not kept; whole in one line, whether it was delivered or not. */
const logUnsavedRecord = (
  { row, record }: EndedResponse,
  delivered: boolean,
  { store, deliver, log }: SettleOptions,
): void => {
  const whole = { request_id: row.id, record: JSON.stringify(record) }
  if (store) log('error', 'usage_degraded', delivered ? whole : { request_id: row.id })
  if (!delivered && (store || deliver)) log('error', 'usage_undelivered', whole)
}

/** The same answer, delivered. */
const asSent = (answer: EndedResponse): EndedResponse => ({
  ...answer,
  final: { ...answer.final, delivery: 'sent', attempts: 1 },
})

/** The same answer, still to be delivered: once more after the first attempt, unless that works. */
const asPending = (answer: EndedResponse): EndedResponse => {
  const { row, final } = answer
  const nextAt = (final.closed_at ?? row.opened_at) + firstDelayMs
  return { ...answer, final: { ...final, delivery: 'pending', attempts: 1, next_at: nextAt } }
}

/** Writes the final row; the mark of the transition, or undefined where another was sooner. It rejects where nobody knows. */
export const writeFinal = async (
  store: UsageStore,
  { row, final, opened }: EndedResponse,
): Promise<string | undefined> => {
  const end = () => transition(store, row.id, { when: { state: 'open' }, set: final }, writingBudgetMs)
  const ended = opened === 'no' ? undefined : await end()
  if (ended || opened === 'yes') return ended
  const mark = randomUUID()
  await retryUntil(writingBudgetMs, () => store.insert({ ...row, ...final, mark }))
  // Nothing is inserted where the open row, given up as lost, has come meanwhile.
  return opened === 'perhaps' ? ((await end()) ?? mark) : mark
}

/** A failure is no loss: the flush delivers the record once more, under the same id. */
const markSent = async (store: UsageStore, id: string, mark: string): Promise<void> => {
  await store.change(id, { mark }, { delivery: 'sent', mark: randomUUID() }).catch(() => undefined)
}
