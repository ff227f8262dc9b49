import type { LimitBounds, LimitStore } from '../../limits/limit-store.ts'
import type { Limiter } from '../../limits/limiter.ts'
import type { Log } from '../../runtime/log.ts'
import type { Config } from '../config/config.ts'
import type { UsageStoreConfig } from '../config/usage-config.ts'

/** A lease outlives the longest reply by this much, in milliseconds. It covers the time before and after the provider's
 *  response, and clocks that differ. */
const leaseMarginMs = 60_000

/** Opens a limiter of a configuration. It counts in the store that the instances share, if there is one. */
export const openLimiter = async (
  bounds: LimitBounds,
  { usage, timeouts }: Pick<Config, 'usage' | 'timeouts'>,
  log: Log,
): Promise<Limiter> => {
  const { createRateLimiter } = await import('../../limits/limiter.ts')
  const shared = await openLimitStore(bounds, usage.store)
  return createRateLimiter({ bounds, leaseMs: timeouts.total + leaseMarginMs, shared, log })
}

/** Opens the store of limits that the instances of a configuration share. Resolves with undefined if they share none. */
export const openLimitStore = async (
  bounds: LimitBounds,
  config: UsageStoreConfig,
): Promise<LimitStore | undefined> => {
  if (config.kind === 'mysql')
    return (await import('../../limits/mysql-limit-store.ts')).mysqlLimitStore(bounds, config.options)
  if (config.kind === 'rdb')
    return (await import('../../limits/rdb-limit-store.ts')).rdbLimitStore(bounds, config.options)
  if (config.kind !== 'collection') return undefined
  return (await import('../../limits/collection-limit-store.ts')).collectionLimitStore(bounds, config.options)
}
