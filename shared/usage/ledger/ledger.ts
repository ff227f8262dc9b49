import type { Log } from '../../runtime/log.ts'
import { settlesWithin } from '../../runtime/timeout.ts'
import { type Charge, priceUsage, type Tariff } from '../cost/pricing.ts'
import type { DeliverRecord } from '../delivery/delivery.ts'
import type { Closing, Opening, Tried } from '../store/record.ts'
import { toFinalFields, toOpenRow, toUsageRecord, type UsageRow } from '../store/row.ts'
import type { UsageStore } from '../store/store.ts'
import { createInsertBatches } from './insert-batches.ts'
import { type Intent, noIntent, writeIntent } from './intent.ts'
import { createRetryQueue } from './retry-queue.ts'
import { type SettleOptions, settle } from './settle.ts'
import { type WatchedStore, watchStore } from './watch-store.ts'

/** The options of {@link createUsageLedger}. */
export interface LedgerOptions {
  /** Undefined: no row is stored. */
  readonly store: UsageStore | undefined
  /** `intent` writes a row before the first byte reaches the client; `final` writes it at the end. */
  readonly durability: 'intent' | 'final'
  /** Whether a call goes on if the store does not take its intent. */
  readonly failOpen: boolean
  /** Delivers once, within its own time limit; undefined: no record is delivered. */
  readonly deliver: DeliverRecord | undefined
  readonly tariff: Tariff
  /** The longest time of a call, in milliseconds. */
  readonly maxResponseMs: number
  /** The time between two writes of a stream's progress, in milliseconds. */
  readonly progressEveryMs: number
  readonly log: Log
  /** Milliseconds since 1970. */
  readonly now?: () => number
}

/** The entry of one call in the ledger. */
export interface LedgerEntry {
  /** Whether the provider must be called only after `opened`: the store has just failed, or has not been used for some seconds. If it
   *  fails again, the provider bills nothing, and the client may repeat the call. Otherwise both may run at once. */
  readonly opensFirst: boolean
  /** Resolves when the entry is durable. No byte of the reply may reach the client before.
   *  @throws usage_unavailable (503) */
  readonly opened: Promise<void>
  /** Writes the number of delivered tokens every few seconds, until the entry is closed, and the targets that were tried: the
   *  flush needs both if the function dies. */
  readonly startProgress: (tokens: () => number, tried: Tried) => void
  /** Returns what a call costs its user when it ends so. */
  readonly getCharge: (closing: Closing) => Charge
  /** Writes the final record and tries to deliver it. Resolves when that is done, when it has failed and is logged, or after
   *  `maxSettleMs`.
   *  @param charge the result of `getCharge` */
  readonly close: (closing: Closing, charge: Charge) => Promise<void>
  /** Closes the entry of a call that delivered nothing and is not charged. Resolves after `maxCancelMs` at the latest, because a
   *  client waits for its error. The flush closes a row that stays open, without a charge. */
  readonly cancel: () => Promise<void>
}

/** Accounts for every call. The entry of a call is opened before its first byte and closed before its last. */
export interface Ledger {
  readonly open: (opening: Opening) => LedgerEntry
}

/** The longest time that the end of a reply waits for its record, in milliseconds. */
export const maxSettleMs = 3_500

/** The longest time that an error waits for the cancelling of its entry, in milliseconds. */
const maxCancelMs = 500

/** Creates the ledger of a function. */
export const createUsageLedger = (options: LedgerOptions): Ledger => {
  const watched = options.store && watchStore(options.store)
  const store = watched?.store
  const retryQueue = createRetryQueue(store, options.log)
  const openIntent = watched && options.durability === 'intent' ? createOpenIntent(watched, options) : undefined
  const entryOptions = { ...options, store, openIntent, onFailure: retryQueue.add }
  return {
    open: (opening) => {
      void retryQueue.retry()
      return openEntry(opening, entryOptions)
    },
  }
}

/** The user pays the entry's prices, whichever target responded. The cost is what that target charges. */
const chargeUsage = (closing: Closing, { prices }: Opening, tariff: Tariff): Charge => {
  const { target } = closing
  const charge = priceUsage(closing, prices, tariff)
  return target && target.prices !== prices
    ? { ...charge, costNanoYuan: priceUsage(closing, target.prices, tariff).costNanoYuan }
    : charge
}

type OpenIntent = (row: UsageRow) => Intent

const createOpenIntent = ({ store, isInDoubt }: WatchedStore, options: LedgerOptions): OpenIntent => {
  const { failOpen, progressEveryMs, log } = options
  const insertRow = createInsertBatches(store)
  // A call that is served anyway need not wait.
  return (row) =>
    writeIntent(row, { store, insertRow, isFirst: !failOpen && isInDoubt(), failOpen, progressEveryMs, log })
}

interface EntryOptions extends LedgerOptions, Pick<SettleOptions, 'onFailure'> {
  /** Undefined: nothing is written before the end. */
  readonly openIntent: OpenIntent | undefined
}

const openEntry = (opening: Opening, options: EntryOptions): LedgerEntry => {
  const { openIntent, log, now = Date.now } = options
  const row = toOpenRow(opening, { now: now(), maxMs: options.maxResponseMs, written: openIntent !== undefined })
  const intent = openIntent?.(row) ?? noIntent
  return {
    opensFirst: intent.isFirst,
    opened: intent.written,
    startProgress: intent.startProgress,
    getCharge: (closing) => chargeUsage(closing, opening, options.tariff),
    close: async (closing, charge) => {
      intent.stopProgress()
      const final = toFinalFields(closing, charge, now())
      const getRecord = () => toUsageRecord({ ...row, ...final })
      const ended = { row, openRow: intent.getOpenRow(), final, getRecord }
      const isSettled = await settlesWithin(maxSettleMs, settle(ended, options))
      if (!isSettled) log('warn', 'usage_settled_late', { request_id: row.id })
    },
    cancel: async () => {
      intent.stopProgress()
      await settlesWithin(maxCancelMs, intent.cancel(now()))
    },
  }
}
