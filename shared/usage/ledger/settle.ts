import { randomUUID } from 'node:crypto'
import type { Log } from '../../runtime/log.ts'
import { attemptDelivery, type DeliverRecord, firstDelayMs } from '../delivery/delivery.ts'
import type { UsageRecord } from '../store/record.ts'
import type { UsageRow } from '../store/row.ts'
import type { UsageStore } from '../store/store.ts'
import { retryUntil, transition, writeBudgetMs } from './transition.ts'

/** Whether the store has the open row of a call: `unknown` if its write failed and may have taken effect. */
export type OpenRowState = 'absent' | 'unknown' | 'stored'

/** A call that has ended. */
export interface EndedCall {
  /** The row as it was opened. */
  readonly row: UsageRow
  readonly openRow: OpenRowState
  /** The fields that the end sets. */
  readonly final: Partial<UsageRow>
  /** Returns the record of `row` and `final` together. Few ends need one. */
  readonly getRecord: () => UsageRecord
}

/** The options of {@link settle}. */
export interface SettleOptions {
  readonly store: UsageStore | undefined
  readonly deliver: DeliverRecord | undefined
  /** Called with an end that the store did not take, to be written when the store works again. */
  readonly onFailure: (ended: EndedCall) => void
  readonly log: Log
}

/** Writes the final row of a call, then tries once to deliver its record: in this order, so that the webhook never has a record that
 *  the store does not have. Never rejects. A record that is not stored is logged as a whole, so that an operator can enter it by
 *  hand: it contains no secret. */
export const settle = async (ended: EndedCall, options: SettleOptions): Promise<void> => {
  const { store, deliver, onFailure, log } = options
  if (!store && !deliver) return
  const pending = deliver ? toPending(ended) : ended
  let hasFailed = false
  const noteFailure = (): undefined => {
    hasFailed = true
  }
  const mark = store && (await writeFinal(store, pending).catch(noteFailure))
  // The function may die after the delivery, and the flush makes another record of the row: the log has this one first.
  if (store && !mark) logUnsavedRecord('usage_degraded', ended, log)
  const isDelivered = deliver !== undefined && (await deliverOnce(ended, mark, { store, deliver, log }))
  if (hasFailed) onFailure(isDelivered ? toSent(ended) : pending)
  if (!mark && !isDelivered) logUnsavedRecord('usage_undelivered', ended, log)
}

/** Tries once to deliver a record, and marks its row. Resolves with whether it was delivered. */
const deliverOnce = async (
  { row, getRecord }: EndedCall,
  mark: string | undefined,
  { store, deliver, log }: Pick<SettleOptions, 'store' | 'log'> & { readonly deliver: DeliverRecord },
): Promise<boolean> => {
  const reason = await attemptDelivery(deliver, getRecord())
  if (store && mark && reason === undefined) await markSent(store, row.id, mark)
  if (mark && reason !== undefined) log('warn', 'usage_postponed', { request_id: row.id, attempts: 1, reason })
  return reason === undefined
}

/** Logs a record that is not stored, as a whole and in one line. */
const logUnsavedRecord = (
  event: 'usage_degraded' | 'usage_undelivered',
  { row, getRecord }: EndedCall,
  log: Log,
): void => log('error', event, { request_id: row.id, record: JSON.stringify(getRecord()) })

/** Returns the end of a delivered call. */
const toSent = (ended: EndedCall): EndedCall => ({
  ...ended,
  final: { ...ended.final, delivery: 'sent', attempts: 1 },
})

/** Returns the end of a call that must still be delivered. Its first attempt counts already: the next one follows only if that
 *  fails. */
const toPending = (ended: EndedCall): EndedCall => {
  const { row, final } = ended
  const nextAt = (final.closed_at ?? row.opened_at) + firstDelayMs
  return { ...ended, final: { ...final, delivery: 'pending', attempts: 1, next_at: nextAt } }
}

/** Writes the final row. If the database has lost the open row, as after a failover, the final row is inserted. Resolves with the mark
 *  of the transition, or with undefined if another transition came first. Rejects if the result is unknown. */
export const writeFinal = async (
  store: UsageStore,
  { row, final, openRow }: EndedCall,
): Promise<string | undefined> => {
  const close = () => transition(store, row.id, { when: { state: 'open' }, set: final }, writeBudgetMs)
  const closedMark = openRow === 'absent' ? undefined : await close()
  if (closedMark) return closedMark
  if (openRow === 'stored' && (await retryUntil(writeBudgetMs, () => store.read(row.id)))) return undefined
  const mark = randomUUID()
  await retryUntil(writeBudgetMs, (timeoutMs) => store.insert([{ ...row, ...final, mark }], timeoutMs))
  // The open row, given up as lost, may have arrived by now. Then the insert changed nothing, and this closes the open row.
  return openRow === 'absent' ? mark : ((await close()) ?? mark)
}

/** Marks a delivered record. A failure loses nothing: the flush delivers the record once more, under the same id. */
const markSent = async (store: UsageStore, id: string, mark: string): Promise<void> => {
  await store.change([id], { mark }, { delivery: 'sent', mark: randomUUID() }).catch(() => undefined)
}
