/** The limits of a user. 0 means no limit. */
export interface LimitBounds {
  /** Requests in any 60 seconds. */
  readonly perMinute: number
  /** Requests that run at the same time. */
  readonly concurrent: number
}

/** A request to count. */
export interface AcquireRequest {
  readonly user: string
  /** How many requests it counts as, at most `perMinute`. */
  readonly weight: number
  /** Its slot among the user's running requests (`lease.ts`); undefined if those are not limited. */
  readonly lease: string | undefined
}

/** The counts of one user. Times are milliseconds since 1970. */
export interface LimitState {
  /** Times of the last `perMinute` requests, oldest first. */
  readonly timestamps: readonly number[]
  /** Leases of the running requests. */
  readonly leases: readonly string[]
  /** The current time by the store's clock. */
  readonly now: number
}

/** Counts the requests of users. Every method rejects if its effect is unknown. */
export interface LimitStore {
  /** Counts a request if it is within the bounds. Resolves with whether it did. Atomic: simultaneous requests never exceed the
   *  bounds. An expired lease still counts until `prune` removes it. `false` does not prove that the request is not counted: an
   *  earlier try whose reply was lost may have counted it. `read` shows its lease then. */
  readonly tryAcquire: (request: AcquireRequest) => Promise<boolean>
  /** Returns undefined if the store has no counts of the user in a form that `tryAcquire` can use. */
  readonly read: (user: string) => Promise<LimitState | undefined>
  /** Creates the counts of a user if there are none, and removes leases. */
  readonly prune: (user: string, leases: readonly string[]) => Promise<void>
  /** Removes one lease. */
  readonly release: (user: string, lease: string) => Promise<void>
}

/** The minute of `perMinute`, in milliseconds. */
export const windowMs = 60_000

/** The name of the table or collection for the counts of limits. It stands beside that of the usage records. */
export const getLimitsName = (usage: string): string => `${usage}_limits`
