import type { Log } from '../protocol/log.ts'
import { pointsForTokens } from './points.ts'
import { type Closing, type Opening, type UsageRecord, usageRecord } from './record.ts'

/** Takes a finished record to where it is kept or billed. It rejects when the record did not arrive. */
export type DeliverRecord = (record: UsageRecord) => Promise<void>

export interface LedgerOptions {
  /** Points per 1,000 tokens, a decimal number. */
  readonly pointsPer1kTokens: string
  /** Where records go: each by its name in the log. */
  readonly deliveries: Readonly<Record<string, DeliverRecord>>
  readonly log: Log
  /** Milliseconds since 1970. */
  readonly now?: () => number
}

/** One call's entry in the ledger. */
export interface Entry {
  /** Resolves when the entry is durable; no byte of the answer may reach the client before. */
  readonly opened: Promise<void>
  /** Writes the final record; resolves when it is written or has failed and been logged. */
  readonly close: (closing: Closing) => Promise<UsageRecord>
}

/** Where every answer is accounted for: opened before its first byte, closed before its last. */
export interface Ledger {
  readonly open: (opening: Opening) => Entry
}

/** A ledger that keeps nothing between opening and closing. */
export const usageLedger = (options: LedgerOptions): Ledger => ({
  open: (opening) => ({
    opened: Promise.resolve(),
    close: async (closing) => {
      const points = pointsForTokens(closing.usage.total_tokens, options.pointsPer1kTokens)
      const record = usageRecord(opening, closing, { points, now: (options.now ?? Date.now)() })
      await Promise.all(
        Object.entries(options.deliveries).map(([name, deliver]) => attempt(name, deliver, record, options.log)),
      )
      return record
    },
  }),
})

/** A record that did not arrive is logged whole, so that it can be entered by hand: it holds no secret. */
const attempt = async (name: string, deliver: DeliverRecord, record: UsageRecord, log: Log): Promise<void> => {
  try {
    await deliver(record)
  } catch {
    log('error', 'usage_undelivered', { request_id: record.request_id, delivery: name, record: JSON.stringify(record) })
  }
}
