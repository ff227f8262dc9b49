import type { LimitRequest, Release } from '../limits/limiter.ts'
import type { Log } from '../runtime/log.ts'
import { once } from '../runtime/memoize.ts'
import type { Config } from './config/config.ts'
import { createSharedLimits } from './limit-stores.ts'

/** Admits a call before its provider is called. Resolves with the function that gives back the call's place among the
 *  running calls of its user. Undefined: there is nothing to give back.
 *  @throws rate_limit_exceeded (429, with `retry-after`) */
export type Admit = (call: LimitRequest) => Promise<Release | undefined>

/** A lease outlives the longest reply by this much, in milliseconds. It covers the time before and after the provider's
 *  response, and clocks that differ. */
const leaseMarginMs = 60_000

/** Creates the admission of a configuration. It counts in the store that the instances share, if there is one. The
 *  limiter is loaded on the first call, and never if nothing is limited. */
export const createAdmit = ({ limits, usage, timeouts }: Config, log: Log): Admit => {
  if (limits.perMinute === 0 && limits.concurrent === 0) return () => Promise.resolve(undefined)
  const limiter = once(async () => {
    const { createRateLimiter } = await import('../limits/limiter.ts')
    const leaseMs = timeouts.total + leaseMarginMs
    return createRateLimiter({ bounds: limits, leaseMs, shared: await createSharedLimits(limits, usage.store), log })
  })
  return async (call) => (await limiter()).acquire(call)
}
