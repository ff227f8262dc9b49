import type { Snapshot } from '../../models/snapshot.ts'
import { isFree } from '../../usage/cost/is-free.ts'
import type { Config } from '../config/config.ts'

/** The wallets of users. */
export interface WalletHealth {
  /** `refused`: `WALLET=on`, and the store of `USAGE_STORE` cannot hold wallets. */
  readonly state: 'off' | 'on' | 'refused'
  /** Models that cost no points, so that users need no wallet for them: at most 20, of the first 1,000 models. */
  readonly free_models: readonly string[]
}

const maxExamined = 1_000
const maxNamed = 20

/** Returns the state of the wallets. If they are off, no model counts as free. */
export const getWalletHealth = ({ wallet, usage }: Config, snapshot: Snapshot | undefined): WalletHealth => {
  const { value: tariff } = usage.tariff
  if (wallet.kind !== 'on' || !tariff || !snapshot) return { state: wallet.kind, free_models: [] }
  const examined = snapshot.models.slice(0, maxExamined)
  const free = examined.filter((model) => isFree(snapshot.route(model).prices, tariff))
  return { state: 'on', free_models: free.slice(0, maxNamed) }
}
