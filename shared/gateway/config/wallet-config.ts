import type { Log } from '../../runtime/log.ts'
import type { Environment } from './environment.ts'
import type { UsageStoreConfig } from './usage-config.ts'

/** A store that can hold wallets: one that instances share. */
type SharedStoreConfig = Extract<UsageStoreConfig, { kind: 'collection' | 'mysql' | 'rdb' }>

/** Whether users have wallets, and where. `refused`: they should, but no store can hold them. */
export type WalletConfig =
  | { readonly kind: 'off' | 'refused' }
  | { readonly kind: 'on'; readonly store: SharedStoreConfig; readonly dailyPoints: number }

/** Creates the options of the wallet room. If no store can hold wallets, it logs why, and every call that costs points
 *  gets a 503. */
export const createWalletConfig = (values: Environment, store: UsageStoreConfig, log: Log): WalletConfig => {
  if (values.WALLET === 'off') return { kind: 'off' }
  if (store.kind === 'collection' || store.kind === 'mysql' || store.kind === 'rdb')
    return { kind: 'on', store, dailyPoints: values.DAILY_POINTS }
  const help = 'WALLET=on needs USAGE_STORE=collection, mysql or rdb, because instances share the wallets.'
  log('error', 'usage_misconfigured', { help })
  return { kind: 'refused' }
}
