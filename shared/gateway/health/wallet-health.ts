import type { Snapshot } from '../../models/snapshot.ts'
import { priceUsage } from '../../usage/cost/pricing.ts'
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

/** A call of this size costs points, unless the model is free. */
const largeUsage = { prompt_tokens: 1e9, completion_tokens: 1e9, total_tokens: 2e9 }

/** Returns the state of the wallets. If they are off, no model counts as free. */
export const getWalletHealth = ({ wallet, usage }: Config, snapshot: Snapshot | undefined): WalletHealth => {
  const { value: tariff } = usage.tariff
  if (wallet.kind !== 'on' || !tariff || !snapshot) return { state: wallet.kind, free_models: [] }
  const isFree = (model: string): boolean => priceUsage(largeUsage, snapshot.route(model).prices, tariff).points === 0
  return { state: 'on', free_models: snapshot.models.slice(0, maxExamined).filter(isFree).slice(0, maxNamed) }
}
