import type { AcquireRequest } from './limit-store.ts'
import type { LimitRejection } from './rejection.ts'

/** A request with its number in the order of arrival. */
export interface SequencedRequest extends AcquireRequest {
  readonly sequence: number
}

/** Caches the last rejection of each user, so that a blocked user costs no store call. */
export interface RejectionCache {
  /** Numbers the requests as they arrive. */
  readonly nextSequence: () => number
  readonly add: (request: AcquireRequest, rejection: LimitRejection) => void
  /** Returns the rejection that holds for a request; undefined if the store must be asked. */
  readonly find: (request: SequencedRequest) => LimitRejection | undefined
}

interface CachedRejection extends LimitRejection {
  readonly weight: number
  /** Milliseconds since 1970. */
  readonly until: number
  /** The number of the last request that had arrived. */
  readonly sequence: number
}

/** Users above which the expired rejections are removed. */
const maxUsers = 1_000

/** A rejection for `perMinute` is valid until a request can be within it again. Any rejection also holds for requests that arrived
 *  before it was made, if they have the same weight or more. */
export const createRejectionCache = (now: () => number): RejectionCache => {
  const rejections = new Map<string, CachedRejection>()
  let lastSequence = 0
  const removeExpired = (): void => {
    for (const [user, { until }] of rejections) if (until <= now()) rejections.delete(user)
  }
  return {
    nextSequence: () => ++lastSequence,
    add: ({ user, weight }, rejection) => {
      if (rejections.size >= maxUsers) removeExpired()
      rejections.set(user, { ...rejection, weight, until: now() + rejection.waitMs, sequence: lastSequence })
    },
    find: ({ user, weight, sequence }) => {
      const cached = rejections.get(user)
      if (!cached || weight < cached.weight) return undefined
      const waitMs = cached.until - now()
      const isLater = sequence > cached.sequence
      if (isLater && (cached.limit === 'streams' || waitMs <= 0)) return undefined
      return { limit: cached.limit, waitMs }
    },
  }
}
