import type { Log } from '../../runtime/log.ts'
import { type KeptStoreConfig, toSharedStore, type UsageStoreConfig } from './usage-config.ts'
import type { Environment } from './variables/environment.ts'

/** Whether users have wallets, and beside which usage records. `refused`: they should, but no store can hold them. */
export type WalletConfig =
  | { readonly kind: 'off' | 'refused' }
  | { readonly kind: 'on'; readonly store: KeptStoreConfig; readonly dailyPoints: number }

/** A place for wallets. */
export interface WalletPlace {
  readonly store: UsageStoreConfig
  /** Whether this process runs on the platform. Its instances share no file. */
  readonly deployed: boolean
}

/** Creates the options of the wallet room. If no store can hold wallets, it logs why, and every call that costs points
 *  gets a 503. */
export const createWalletConfig = (
  { WALLET, DAILY_POINTS: dailyPoints }: Environment,
  { store: usage, deployed }: WalletPlace,
  log: Log,
): WalletConfig => {
  if (WALLET === 'off') return { kind: 'off' }
  const store = usage.kind === 'file' && !deployed ? usage : toSharedStore(usage)
  if (store) return { kind: 'on', store, dailyPoints }
  const help = 'WALLET=on needs USAGE_STORE=collection, mysql or rdb, because instances share the wallets.'
  log('error', 'usage_misconfigured', { help })
  return { kind: 'refused' }
}
