import type { UsageStore } from '../../usage/store/store.ts'
import { type FindPoints, flushWallets } from '../../wallet/flush.ts'
import type { Config } from '../config/config.ts'
import { openWallets } from '../stores/open-wallets.ts'

/** The store of the calls' records, and the time for the run, in milliseconds. */
interface WalletFlushOptions {
  readonly store: UsageStore
  readonly budgetMs: number
}

/** Settles the calls of dead functions by their records, and completes what they left in wallets. Resolves with the
 *  number of wallets and grants. */
export const flushAllWallets = async (config: Config, { store, budgetMs }: WalletFlushOptions): Promise<number> => {
  const wallets = await openWallets(config)()
  return flushWallets({ wallets, findPoints: createFindPoints(store), log: config.server.log, budgetMs })
}

/** A call with a void record delivered nothing. */
const createFindPoints =
  (store: UsageStore): FindPoints =>
  async (id) => {
    const row = await store.read(id)
    if (!row) return 'missing'
    if (row.state === 'open') return 'open'
    return row.state === 'final' ? row.points : 0
  }
