import type { Log } from '../protocol/log.ts'
import type { LimitBounds, LimitStore } from '../usage/limit-store.ts'
import type { Limiter, Release } from '../usage/limiter.ts'
import type { Config } from './config.ts'
import { lazily } from './lazily.ts'
import type { Metering } from './metering.ts'
import type { UsageStoreConfig } from './usage-config.ts'

/** A lease outlives the longest answer by this much, in milliseconds: for what comes before and after it, and for clocks that
 *  differ. */
const leaseMarginMs = 60_000

/** The limiter of a configuration: counts in the store that the instances share, where there is one. Undefined where nothing is
 *  limited. */
export const limiterOf = ({ limits, usage, timeouts }: Config, log: Log): Limiter | undefined => {
  if (limits.perMinute === 0 && limits.concurrent === 0) return undefined
  return lazily<Limiter>({}, async () => {
    const { limiter } = await import('../usage/limiter.ts')
    const leaseMs = timeouts.total + leaseMarginMs
    return limiter({ bounds: limits, leaseMs, shared: await sharedStore(limits, usage.store), log })
  })
}

const sharedStore = async (limits: LimitBounds, config: UsageStoreConfig): Promise<LimitStore | undefined> => {
  if (config.kind === 'mysql') return (await import('../usage/mysql-limits.ts')).mysqlLimits(limits, config.options)
  if (config.kind !== 'collection') return undefined
  return (await import('../usage/collection-limits.ts')).collectionLimits(limits, config.options)
}

/** The accounting of a request that gives back its place among its user's running ones at the end, whatever the end is. */
export const reserved = (metering: Metering, release: Release | undefined): Metering =>
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
