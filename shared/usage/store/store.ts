import type { UsageRow } from './row.ts'
import type { TotalsQuery, UsageTotals } from './totals.ts'

/** Where rows live. Every method rejects when it does not know what became of it: the row may have been written or not.
 *  Each gives up by itself after `storeTimeoutMs`. The rules of what may follow what are not here but in `transition.ts`. */
export interface UsageStore {
  /** Writes a row. A row of that id that is there already stays as it is. */
  readonly insert: (row: UsageRow) => Promise<void>
  /** Sets fields of one row if all of its fields named in `condition` have those values, atomically; tells whether it did. */
  readonly change: (id: string, condition: Partial<UsageRow>, change: Partial<UsageRow>) => Promise<boolean>
  readonly read: (id: string) => Promise<UsageRow | undefined>
  readonly find: (query: RowQuery) => Promise<UsageRow[]>
  /** Totals of final rows, at most {@link mostGroups}; without a grouping, one for all of them. */
  readonly totals: (query: TotalsQuery) => Promise<UsageTotals[]>
  /** Lets go of connections. */
  readonly end: () => Promise<void>
}

export interface RowQuery {
  readonly equal: Partial<UsageRow>
  /** A field that must not be above a value. */
  readonly atMost: { readonly field: 'next_at' | 'deadline_at' | 'closed_at'; readonly value: number }
  /** By that same field. */
  readonly order: 'ascending' | 'descending'
  readonly limit: number
  readonly skip?: number
}

/** The longest that a store may take over one operation, in milliseconds. */
export const storeTimeoutMs = 1_500
