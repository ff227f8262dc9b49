import type { UsageRow } from './row.ts'
import type { TotalsQuery, UsageTotals } from './totals.ts'

/** Stores rows. Every method rejects if its effect is unknown: the row may have been written or not. Every method gives up after
 *  `timeoutMs` of the store's own time, by default `storeTimeoutMs`. Time in a queue of ours does not count: it proves nothing about
 *  the store. A store has no rules about transitions: those are in `ledger/transition.ts`. */
export interface UsageStore {
  /** Writes rows, at once. If there is a row with the id of one, it stays as it is. */
  readonly insert: (rows: readonly UsageRow[], timeoutMs?: number) => Promise<void>
  /** Sets fields of those of the rows that have all values of `condition`, each atomically. Resolves with their number. */
  readonly change: (
    ids: readonly string[],
    condition: Partial<UsageRow>,
    change: Partial<UsageRow>,
    timeoutMs?: number,
  ) => Promise<number>
  readonly read: (id: string) => Promise<UsageRow | undefined>
  readonly find: (query: RowQuery) => Promise<UsageRow[]>
  /** Returns totals of final rows, at most `maxGroups` of them. Without a grouping, returns one for all rows. */
  readonly totals: (query: TotalsQuery) => Promise<UsageTotals[]>
  /** Closes the connections. */
  readonly end: () => Promise<void>
}

/** The rows that `find` returns. */
export interface RowQuery {
  readonly equal: Partial<UsageRow>
  /** A field and its largest value. */
  readonly atMost: { readonly field: 'next_at' | 'deadline_at' | 'closed_at'; readonly value: number }
  /** The order by that field. */
  readonly order: 'ascending' | 'descending'
  readonly limit: number
  readonly skip?: number
}

/** The longest time of one operation of a store, in milliseconds. */
export const storeTimeoutMs = 1_500
