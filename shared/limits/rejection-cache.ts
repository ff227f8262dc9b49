import type { Rejected } from './check.ts'
import type { AcquireRequest } from './limit-store.ts'

/** A claim on its way: how many had come before it. */
export interface CachedRequest extends AcquireRequest {
  readonly sequence: number
}

/** Doors that are known to be closed. */
export interface RejectionCache {
  /** Counts whoever comes. */
  readonly nextSequence: () => number
  readonly add: (caller: AcquireRequest, refusal: Rejected) => void
  readonly find: (caller: CachedRequest) => Rejected | undefined
}

/** Remembers refusals, so that knocking costs nothing: one for its requests holds until there can be room again, and any holds for
 *  those who had come before it was given and ask for no less. */
export const createRejectionCache = (now: () => number): RejectionCache => {
  const closed = new Map<
    string,
    Rejected & { readonly requests: number; readonly until: number; readonly number: number }
  >()
  let arrivals = 0
  return {
    nextSequence: () => ++arrivals,
    add: ({ user, weight: requests }, refusal) => {
      if (closed.size >= 1_000) for (const [name, { until }] of closed) if (until <= now()) closed.delete(name)
      closed.set(user, { ...refusal, requests, until: now() + refusal.waitMs, number: arrivals })
    },
    find: ({ user, weight: requests, sequence: number }) => {
      const door = closed.get(user)
      if (!door || requests < door.requests) return undefined
      const waitMs = door.until - now()
      if (number > door.number && (door.limit === 'streams' || waitMs <= 0)) return undefined
      return { limit: door.limit, waitMs }
    },
  }
}
