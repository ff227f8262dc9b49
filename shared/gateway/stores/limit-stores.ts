import type { LimitBounds, LimitStore } from '../../limits/limit-store.ts'
import type { UsageStoreConfig } from '../config/usage-config.ts'

/** Creates the store of limits that the instances of a configuration share. Resolves with undefined if they share none. */
export const createSharedLimits = async (
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
