import type { User } from '../protocol/user.ts'
import { keyedMutex } from '../runtime/keyed-mutex.ts'
import { getErrorName, type Log } from '../runtime/log.ts'
import { settlesWithin } from '../runtime/timeout.ts'
import { createLease, isExpired } from './lease.ts'
import type { AcquireRequest, LimitBounds, LimitStore } from './limit-store.ts'
import { memoryLimitStore } from './memory-limit-store.ts'
import { getRejection, type LimitRejection, toRateLimitError } from './rejection.ts'
import { createRejectionCache } from './rejection-cache.ts'

/** The options of {@link createRateLimiter}. */
export interface LimiterOptions {
  readonly bounds: LimitBounds
  /** The longest time that a request can run, in milliseconds. Its lease expires then, even if its instance died. */
  readonly leaseMs: number
  /** Counts for all instances; undefined if they share no store. While it fails, this instance counts alone. */
  readonly shared: LimitStore | undefined
  readonly log: Log
  /** Milliseconds since 1970. */
  readonly now?: () => number
}

/** A request that must be within its user's limits. */
export interface LimitRequest {
  readonly user: User
  /** How many requests it counts as. */
  readonly weight: number
  readonly requestId: string
}

/** Gives back the slot of a request. Never rejects: a slot that is not given back is free again when its lease expires. */
export type Release = () => Promise<void>

/** Limits the requests of users. */
export interface Limiter {
  /** Counts a request. Resolves with its release; with undefined if it holds no slot.
   *  @throws rate_limit_exceeded (429, with `retry-after`) */
  readonly acquire: (request: LimitRequest) => Promise<Release | undefined>
}

/** The longest time that the end of a reply waits for its release, in milliseconds. */
const maxReleaseMs = 500

/** The time without calls to a shared store after it failed, in milliseconds. */
const storePauseMs = 5_000

/** Tries of one store, each after a prune. */
const maxAttempts = 3

/** Creates the limiter of a function. The administrator and requests without authentication are not limited. Requests of one user
 *  run one at a time, so that a burst makes one store call at a time, and none after the first rejection. */
export const createRateLimiter = (options: LimiterOptions): Limiter => {
  const { bounds, leaseMs, now = Date.now } = options
  const acquireFromStores = createAcquireFromStores(options)
  const rejections = createRejectionCache(now)
  const runForUser = keyedMutex()
  return {
    acquire: async ({ user: { id: user, kind }, weight, requestId }) => {
      if (user === null || kind === 'admin') return undefined
      const sequence = rejections.nextSequence()
      return runForUser(user, async () => {
        const lease = bounds.concurrent > 0 ? createLease(now() + leaseMs) : undefined
        const request: AcquireRequest = { user, weight: Math.min(weight, bounds.perMinute), lease }
        const cached = rejections.find({ ...request, sequence })
        if (cached) throw toRateLimitError(cached, request, bounds)
        const { stores, rejection } = await acquireFromStores(request, requestId)
        if (!rejection) return lease === undefined ? undefined : createRelease(stores, user, lease)
        rejections.add(request, rejection)
        throw toRateLimitError(rejection, request, bounds)
      })
    },
  }
}

/** The stores that may hold the request, or why it is rejected. */
type AcquireResult =
  | { readonly stores: readonly LimitStore[]; readonly rejection?: never }
  | { readonly stores?: never; readonly rejection: LimitRejection }

/** Acquires from the shared store, and counts in memory as well, for the time when the shared store fails. Then memory alone
 *  decides, and for `storePauseMs` no request waits for the shared store. A store that failed may still hold the request. */
const createAcquireFromStores = ({ bounds, shared, log, now = Date.now }: LimiterOptions) => {
  const memory = memoryLimitStore(bounds, now)
  let pausedUntil = 0
  return async (request: AcquireRequest, requestId: string): Promise<AcquireResult> => {
    const stores = [memory]
    if (shared && now() >= pausedUntil) {
      stores.push(shared)
      try {
        const rejection = await acquireFrom(shared, request, bounds)
        if (rejection) return { rejection }
        await memory.tryAcquire(request)
        return { stores }
      } catch (error) {
        pausedUntil = now() + storePauseMs
        log('error', 'limits_unavailable', { request_id: requestId, cause: getErrorName(error) })
      }
    }
    const rejection = await acquireFrom(memory, request, bounds)
    return rejection ? { rejection } : { stores }
  }
}

/** Acquires from one store. Resolves with undefined if the request is counted. A request whose lease is in the store is counted, even
 *  if the store reports no change: it may have run the statement twice, because its first reply was lost. */
export const acquireFrom = async (
  store: LimitStore,
  request: AcquireRequest,
  bounds: LimitBounds,
): Promise<LimitRejection | undefined> => {
  for (let attempt = 1; attempt <= maxAttempts; attempt++) {
    if (await store.tryAcquire(request)) return undefined
    const state = await store.read(request.user)
    if (request.lease !== undefined && state?.leases.includes(request.lease)) return undefined
    const rejection = state && getRejection(state, request, bounds)
    if (rejection) return rejection
    await store.prune(request.user, state?.leases.filter((lease) => isExpired(lease, state.now)) ?? [])
  }
  return { limit: 'requests', waitMs: 1_000 }
}

const createRelease =
  (stores: readonly LimitStore[], user: string, lease: string): Release =>
  async () => {
    const releases = stores.map((store) => store.release(user, lease).catch(() => undefined))
    await settlesWithin(maxReleaseMs, Promise.all(releases))
  }
