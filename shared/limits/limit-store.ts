/** What a user may do; 0: as much as they like. */
export interface LimitBounds {
  /** Requests in any 60 seconds. */
  readonly perMinute: number
  /** Requests at once. */
  readonly concurrent: number
}

/** A request that wants to be let in. */
export interface AcquireRequest {
  readonly user: string
  /** For how many requests it counts, at most `perMinute`. */
  readonly weight: number
  /** Its place among the user's running requests (`lease.ts`); undefined where those are not limited. */
  readonly lease: string | undefined
}

/** What is known of a user: the times of the last `perMinute` requests, oldest first, and the leases of those that run. Times are
 *  milliseconds since 1970. */
export interface LimitState {
  readonly timestamps: readonly number[]
  readonly leases: readonly string[]
  /** What time it is for the store. */
  readonly now: number
}

/** Where users' requests are counted. Every method rejects when it does not know what became of it. */
export interface LimitStore {
  /** Enters a claim if it is within the bounds, and tells whether it did: in one step, so that of all that ask at once no one too
   *  many is let in. A lease that has run out still counts: `mend` takes it away. A no does not say that the claim is not there:
   *  one whose reply was lost may have been entered before. `read` shows its lease then. */
  readonly tryAcquire: (claim: AcquireRequest) => Promise<boolean>
  /** Undefined: nothing is known of the user in a form that `take` could work with. */
  readonly read: (user: string) => Promise<LimitState | undefined>
  /** Makes a user known who is not, and takes leases away. */
  readonly prune: (user: string, leases: readonly string[]) => Promise<void>
  /** Gives a lease back. */
  readonly release: (user: string, lease: string) => Promise<void>
}

/** The minute of the limit, in milliseconds. */
export const windowMs = 60_000
