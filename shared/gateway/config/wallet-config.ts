import type { Log } from '../../runtime/log.ts'
import { type KeptStoreConfig, toSharedStore, type UsageStoreConfig } from './usage-config.ts'
import type { Environment } from './variables/environment.ts'

/** Whether users have wallets, and beside which usage records. `refused`: they are not set up, and `help` says what to do. */
export type WalletConfig =
  | { readonly kind: 'off' }
  | { readonly kind: 'refused'; readonly help: string }
  | { readonly kind: 'on'; readonly store: KeptStoreConfig; readonly dailyPoints: number }

/** A place for wallets. */
export interface WalletPlace {
  readonly store: UsageStoreConfig
  /** Whether this process runs on the platform. Its instances share no file. */
  readonly deployed: boolean
}

/** Creates the options of the wallet room. If wallets are refused, it logs why, and every call that costs points gets a
 *  503. */
export const createWalletConfig = (
  { WALLET, DAILY_POINTS: dailyPoints }: Environment,
  { store: usage, deployed }: WalletPlace,
  log: Log,
): WalletConfig => {
  if (WALLET === 'off') return { kind: 'off' }
  const store = WALLET && (usage.kind === 'file' && !deployed ? usage : toSharedStore(usage))
  if (store) return { kind: 'on', store, dailyPoints }
  const help = WALLET ? 'WALLET=on needs USAGE_STORE=collection, mysql or rdb.' : 'WALLET must be on or off.'
  log('error', 'usage_misconfigured', { help })
  return { kind: 'refused', help }
}
