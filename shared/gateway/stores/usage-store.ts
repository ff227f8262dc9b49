import { once } from '../../runtime/memoize.ts'
import type { UsageStore } from '../../usage/store/store.ts'
import type { UsageStoreConfig } from '../config/usage-config.ts'

/** Timeout of one statement, for callers with no request that waits for it. */
export interface StoreTimeout {
  readonly timeoutMs?: number
}

/** Creates the store of a configuration. Returns undefined if usage is not stored. */
export const createStore = (config: UsageStoreConfig, timeout: StoreTimeout = {}): UsageStore | undefined => {
  if (config.kind === 'none') return undefined
  return lazyStore(async () => {
    if (config.kind === 'refused') return (await import('../../usage/store/unavailable-store.ts')).unavailableStore
    if (config.kind === 'file') return (await import('../../usage/store/file/file-store.ts')).fileStore(config.path)
    if (config.kind === 'mysql')
      return (await import('../../usage/store/mysql/mysql-store.ts')).mysqlStore({ ...config.options, ...timeout })
    if (config.kind === 'rdb')
      return (await import('../../usage/store/rdb-store.ts')).rdbStore({ ...config.options, ...timeout })
    return (await import('../../usage/store/collection-store.ts')).collectionStore({ ...config.options, ...timeout })
  })
}

/** Creates a store that is loaded on the first call of one of its methods. */
const lazyStore = (load: () => Promise<UsageStore>): UsageStore => {
  const store = once(load)
  return {
    insert: async (...given) => (await store()).insert(...given),
    change: async (...given) => (await store()).change(...given),
    read: async (id) => (await store()).read(id),
    find: async (query) => (await store()).find(query),
    totals: async (query) => (await store()).totals(query),
    end: async () => (await store()).end(),
  }
}
