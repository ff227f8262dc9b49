import type { User } from '../protocol/user.ts'
import { keyedMutex } from '../runtime/keyed-mutex.ts'
import type { Log } from '../runtime/log.ts'
import { settlesWithin } from '../runtime/timeout.ts'
import { getRejection, type Rejected, toRateLimitError } from './check.ts'
import { createLease, isExpired } from './lease.ts'
import type { AcquireRequest, LimitBounds, LimitStore } from './limit-store.ts'
import { memoryLimitStore } from './memory-limit-store.ts'
import { createRejectionCache } from './rejection-cache.ts'

export interface LimiterOptions {
  readonly bounds: LimitBounds
  /** How long a request can run, in milliseconds; whoever has not given its place back by then is dead. */
  readonly leaseMs: number
  /** Counts for all instances; undefined where they share nothing. While it fails, this instance counts alone. */
  readonly shared: LimitStore | undefined
  readonly log: Log
  /** Milliseconds since 1970. */
  readonly now?: () => number
}

export interface LimitRequest {
  readonly user: User
  /** For how many requests this one counts. */
  readonly weight: number
  readonly requestId: string
}

/** Gives a request's place back. It never rejects: a place that is not given back is free again when its lease runs out. */
export type Release = () => Promise<void>

/** Lets users in as often as they may. */
export interface Limiter {
  /** Undefined: there is nothing to give back.
   *  @throws rate_limit_exceeded (429, with `retry-after`) */
  readonly acquire: (reservation: LimitRequest) => Promise<Release | undefined>
}

/** The longest that the end of an answer waits for its place to be given back, in milliseconds. */
const maxReleaseMs = 500

/** How long a shared store that failed is left alone, in milliseconds. */
const storePauseMs = 5_000
const maxAttempts = 3

/** The limiter of a function. The administrator is not limited, and nobody is where nobody is known. One request of a user asks
 *  the store at a time: a burst costs it no more than what it lets in. */
export const createRateLimiter = (options: LimiterOptions): Limiter => {
  const { bounds, leaseMs, shared, log, now = Date.now } = options
  const own = memoryLimitStore(bounds, now)
  const closed = createRejectionCache(now)
  const inTurn = keyedMutex()

  let sharedAgainAt = 0

  /** Asks the shared store, and counts here as well, for when that one fails; while it is left alone, nobody waits for it. Resolves
   *  with the stores that may hold the claim: one that failed may have entered it all the same. */
  const enter = async (
    claim: AcquireRequest,
    requestId: string,
  ): Promise<{ readonly stores: LimitStore[] } | Rejected> => {
    const stores = [own]
    if (shared && now() >= sharedAgainAt) {
      stores.push(shared)
      try {
        const refusal = await acquireFrom(shared, claim, bounds)
        if (!refusal) await own.tryAcquire(claim)
        return refusal ?? { stores }
      } catch (error) {
        sharedAgainAt = now() + storePauseMs
        log('error', 'limits_unavailable', { request_id: requestId, cause: error instanceof Error ? error.name : '' })
      }
    }
    return (await acquireFrom(own, claim, bounds)) ?? { stores }
  }

  return {
    acquire: async ({ user: { id: user, kind }, weight: answers, requestId }) => {
      if (user === null || kind === 'admin') return undefined
      const number = closed.nextSequence()
      return inTurn(user, async () => {
        const lease = bounds.concurrent > 0 ? createLease(now() + leaseMs) : undefined
        const claim: AcquireRequest = { user, weight: Math.min(answers, bounds.perMinute), lease }
        const known = closed.find({ ...claim, sequence: number })
        if (known) throw toRateLimitError(known, claim, bounds)
        const entered = await enter(claim, requestId)
        if ('stores' in entered) return lease === undefined ? undefined : createRelease(entered.stores, user, lease)
        closed.add(claim, entered)
        throw toRateLimitError(entered, claim, bounds)
      })
    },
  }
}

/** Asks a store to let a claim in; undefined: it has. A claim whose lease is there has been let in, though the store said that it
 *  changed nothing: it may have been asked twice, because its first reply was lost. */
const acquireFrom = async (
  store: LimitStore,
  claim: AcquireRequest,
  bounds: LimitBounds,
): Promise<Rejected | undefined> => {
  for (let attempt = 1; attempt <= maxAttempts; attempt++) {
    if (await store.tryAcquire(claim)) return undefined
    const state = await store.read(claim.user)
    if (claim.lease !== undefined && state?.leases.includes(claim.lease)) return undefined
    const refusal = state && getRejection(state, claim, bounds)
    if (refusal) return refusal
    await store.prune(claim.user, state?.leases.filter((lease) => isExpired(lease, state.now)) ?? [])
  }
  return { limit: 'requests', waitMs: 1_000 }
}

const createRelease =
  (stores: readonly LimitStore[], user: string, lease: string): Release =>
  async () => {
    const releasing = stores.map((store) => store.release(user, lease).catch(() => undefined))
    await settlesWithin(maxReleaseMs, Promise.all(releasing))
  }
