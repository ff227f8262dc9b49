import type { LimitBounds, LimitStore } from '../limits/limit-store.ts'
import type { Limiter, Release } from '../limits/limiter.ts'
import type { Log } from '../runtime/log.ts'
import { once } from '../runtime/memoize.ts'
import type { DeliverRecord } from '../usage/delivery/delivery.ts'
import { createWebhook } from '../usage/delivery/webhook.ts'
import { createUsageLedger, type Ledger } from '../usage/ledger/ledger.ts'
import type { UsageStore } from '../usage/store/store.ts'
import { unavailableStore } from '../usage/store/unavailable-store.ts'
import type { Config } from './config/config.ts'
import type { UsageConfig, UsageStoreConfig } from './config/usage-config.ts'
import type { Metering } from './metering.ts'

/** How long the end of an answer may wait for the webhook, in milliseconds: briefly where the flush delivers what is late,
 *  longer where this attempt is the only one. */
const deliveryTimeoutMs = { withStore: 800, alone: 3_000 } as const

/** The ledger of a configuration. */
export const createLedger = (config: UsageConfig, log: Log): Ledger => {
  const store = createStore(config.store)
  const timeoutMs = store ? deliveryTimeoutMs.withStore : deliveryTimeoutMs.alone
  return createUsageLedger({ ...config, store, deliver: createDelivery(config, timeoutMs), log })
}

/** How long one look at a store may take, where no answer waits for it. */
export interface StoreTimeout {
  readonly timeoutMs?: number
}

/** The store of a configuration; undefined where nothing is kept. */
export const createStore = (config: UsageStoreConfig, patience: StoreTimeout = {}): UsageStore | undefined => {
  if (config.kind === 'none') return undefined
  if (config.kind === 'refused') return unavailableStore
  return lazyStore(async () => {
    if (config.kind === 'file') return (await import('../usage/store/file/file-store.ts')).fileStore(config.path)
    if (config.kind === 'mysql')
      return (await import('../usage/store/mysql/mysql-store.ts')).mysqlStore({ ...config.options, ...patience })
    return (await import('../usage/store/collection-store.ts')).collectionStore({ ...config.options, ...patience })
  })
}

/** A store that is loaded on the first call of one of its methods. */
const lazyStore = (load: () => Promise<UsageStore>): UsageStore => {
  const store = once(load)
  return {
    insert: async (row) => (await store()).insert(row),
    change: async (id, condition, change) => (await store()).change(id, condition, change),
    read: async (id) => (await store()).read(id),
    find: async (query) => (await store()).find(query),
    totals: async (query) => (await store()).totals(query),
    end: async () => (await store()).end(),
  }
}

/** The way to the webhook of a configuration; undefined where there is none. */
export const createDelivery = ({ webhook: hook }: UsageConfig, timeoutMs: number): DeliverRecord | undefined =>
  hook && createWebhook({ ...hook, timeoutMs })

/** A lease outlives the longest answer by this much, in milliseconds: for what comes before and after it, and for clocks that
 *  differ. */
const leaseMarginMs = 60_000

/** The limiter of a configuration: counts in the store that the instances share, where there is one. Undefined where nothing is
 *  limited. */
export const createLimiter = ({ limits, usage, timeouts }: Config, log: Log): Limiter | undefined => {
  if (limits.perMinute === 0 && limits.concurrent === 0) return undefined
  const limiter = once(async () => {
    const { createRateLimiter } = await import('../limits/limiter.ts')
    const leaseMs = timeouts.total + leaseMarginMs
    return createRateLimiter({ bounds: limits, leaseMs, shared: await createSharedStore(limits, usage.store), log })
  })
  return { acquire: async (request) => (await limiter()).acquire(request) }
}

const createSharedStore = async (limits: LimitBounds, config: UsageStoreConfig): Promise<LimitStore | undefined> => {
  if (config.kind === 'mysql')
    return (await import('../limits/mysql-limit-store.ts')).mysqlLimitStore(limits, config.options)
  if (config.kind !== 'collection') return undefined
  return (await import('../limits/collection-limit-store.ts')).collectionLimitStore(limits, config.options)
}

/** The accounting of a request that gives back its place among its user's running ones at the end, whatever the end is. */
export const releaseAtEnd = (metering: Metering, release: Release | undefined): Metering =>
  release
    ? {
        ...metering,
        begin: (answering) =>
          metering.begin(answering).catch(async (error: unknown) => {
            await release()
            throw error
          }),
        settle: async (outcome, usage) => {
          const [settled] = await Promise.all([metering.settle(outcome, usage), release()])
          return settled
        },
      }
    : metering
