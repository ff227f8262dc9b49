import type { Log } from '../../runtime/log.ts'
import { type SharedStoreConfig, toSharedStore, type UsageStoreConfig } from './usage-config.ts'
import type { Environment } from './variables/environment.ts'

/** Whether users have wallets, and in which store. `refused`: they should, but no store can hold them. */
export type WalletConfig =
  | { readonly kind: 'off' | 'refused' }
  | { readonly kind: 'on'; readonly store: SharedStoreConfig; readonly dailyPoints: number }

/** Creates the options of the wallet room. If no store can hold wallets, it logs why, and every call that costs points
 *  gets a 503. */
export const createWalletConfig = (values: Environment, store: UsageStoreConfig, log: Log): WalletConfig => {
  if (values.WALLET === 'off') return { kind: 'off' }
  const shared = toSharedStore(store)
  if (shared) return { kind: 'on', store: shared, dailyPoints: values.DAILY_POINTS }
  const help = 'WALLET=on needs USAGE_STORE=collection, mysql or rdb, because instances share the wallets.'
  log('error', 'usage_misconfigured', { help })
  return { kind: 'refused' }
}
