import type { Log } from '../../runtime/log.ts'
import { settlesWithin } from '../../runtime/timeout.ts'
import { priceUsage, type Tariff } from '../cost/pricing.ts'
import type { DeliverRecord } from '../delivery/delivery.ts'
import type { Closing, Opening, UsageRecord } from '../store/record.ts'
import { toFinalFields, toOpenRow, toUsageRecord } from '../store/row.ts'
import type { UsageStore } from '../store/store.ts'
import { type Intent, noIntent, writeIntent } from './intent.ts'
import { createRetryQueue, type RetryQueue } from './retry-queue.ts'
import { settle } from './settle.ts'

export interface LedgerOptions {
  /** Where rows are kept; undefined: nowhere. */
  readonly store: UsageStore | undefined
  /** `intent` writes a row before an answer's first byte reaches the client, `final` when the answer ends. */
  readonly durability: 'intent' | 'final'
  /** Answer although the store does not. */
  readonly failOpen: boolean
  /** One attempt at delivery within a budget of its own; undefined: nothing is delivered. */
  readonly deliver: DeliverRecord | undefined
  readonly tariff: Tariff
  /** How long an answer can last, in milliseconds. */
  readonly maxResponseMs: number
  /** How often the progress of a stream is written, in milliseconds. */
  readonly progressEveryMs: number
  readonly log: Log
  /** Milliseconds since 1970. */
  readonly now?: () => number
}

/** One answer's entry in the ledger. */
export interface LedgerEntry {
  /** Resolves when the entry is durable; no byte of the answer may reach the client before.
   *  @throws usage_unavailable (503) */
  readonly opened: Promise<void>
  /** Writes, every few seconds until the entry is closed, how many tokens have been delivered. */
  readonly startProgress: (tokens: () => number) => void
  /** Writes the final record and tries to deliver it; resolves when that is done or has failed and been logged, and at the
   *  latest after `settlingMs`. */
  readonly close: (closing: Closing) => Promise<UsageRecord>
  /** Closes the entry of an answer of which nothing was delivered and for which nothing is owed; resolves at the latest after
   *  `cancellingMs`, because a client waits for its error. A row that stays open is closed by the flush, without a charge. */
  readonly cancel: () => Promise<void>
}

/** Where every answer is accounted for: opened before its first byte, closed before its last. */
export interface Ledger {
  readonly open: (opening: Opening) => LedgerEntry
}

/** The longest that the end of an answer waits for its record, in milliseconds. */
export const maxSettleMs = 3_500

/** The longest that an error waits for its entry to be cancelled, in milliseconds. */
const maxCancelMs = 500

/** The ledger of a function. */
export const createUsageLedger = (options: LedgerOptions): Ledger => {
  const left = createRetryQueue(options.store, options.log)
  return {
    open: (opening) => {
      void left.retry()
      return openEntry(opening, options, left)
    },
  }
}

const openEntry = (opening: Opening, options: LedgerOptions, left: RetryQueue): LedgerEntry => {
  const { store, log, now = Date.now } = options
  const intended = options.durability === 'intent' ? store : undefined
  const row = toOpenRow(opening, { now: now(), maxMs: options.maxResponseMs, written: intended !== undefined })
  const intent: Intent = intended ? writeIntent(intended, row, options) : noIntent
  return {
    opened: intent.written,
    startProgress: intent.startProgress,
    close: async (closing) => {
      intent.stopProgress()
      const charge = priceUsage(closing.usage, opening.prices, options.tariff)
      const final = toFinalFields(closing, charge, now())
      const record = toUsageRecord({ ...row, ...final })
      const answer = { row, final, record, opened: intent.opened() }
      const settled = await settlesWithin(maxSettleMs, settle(answer, { ...options, onFailure: left.add }))
      if (!settled) log('warn', 'usage_settled_late', { request_id: row.id })
      return record
    },
    cancel: async () => {
      intent.stopProgress()
      await settlesWithin(maxCancelMs, intent.cancel(now()))
    },
  }
}
