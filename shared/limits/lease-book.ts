import { formatLease, timeWidth } from './lease.ts'
import type { LimitBounds, LimitStore } from './limit-store.ts'
import { acquireFrom } from './limiter.ts'

/** A name that is in the book until a given time. */
export interface NamedLease {
  /** Exactly 16 characters. */
  readonly name: string
  /** Milliseconds since 1970. */
  readonly until: number
}

/** A list of names with an end, for all instances. Every method rejects if its effect is unknown. */
export interface LeaseBook {
  /** Adds a name. A name may be in the book more than once. */
  readonly add: (lease: NamedLease) => Promise<void>
  /** Reads the leases that have not expired. */
  readonly read: () => Promise<readonly NamedLease[]>
  /** Removes one lease. */
  readonly remove: (lease: NamedLease) => Promise<void>
}

/** The bounds of the store of a book: a list of at most 1,000 leases, which fits a `TEXT` column. */
export const bookBounds: LimitBounds = { perMinute: 0, concurrent: 1_000 }

/** Creates a book in a store that has `bookBounds`. It is one row, beside those of the users. */
export const createLeaseBook = (store: LimitStore, row: string): LeaseBook => ({
  add: async ({ name, until }) => {
    await acquireFrom(store, { user: row, weight: 0, lease: formatLease(until, name) }, bookBounds)
  },
  read: async () => {
    const { leases, now } = (await store.read(row)) ?? { leases: [], now: 0 }
    const named = leases.map((lease) => ({
      name: lease.slice(timeWidth + 1, -1),
      until: Number(lease.slice(0, timeWidth)),
    }))
    return named.filter(({ until }) => until > now)
  },
  remove: ({ name, until }) => store.release(row, formatLease(until, name)),
})
