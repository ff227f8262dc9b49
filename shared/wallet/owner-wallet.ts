import type { WalletState } from './wallet-state.ts'
import { toWalletId } from './wallet-store.ts'
import type { Wallets } from './wallets.ts'

/** The wallet that a user's id stands for. */
export interface OwnerWallet {
  /** The user of that wallet: another one, if the wallet of the id has joined it. */
  readonly owner: string
  /** Undefined: there is none yet. */
  readonly state: WalletState | undefined
}

/** Reads the wallet that an id stands for. A join that has begun is brought to an end first. */
export const readOwnerWallet = async (wallets: Wallets, user: string): Promise<OwnerWallet> => {
  const state = await readWallet(wallets, user)
  const { moved } = state ?? {}
  if (!moved) return { owner: user, state }
  if (moved.content) await wallets.change(user, () => undefined)
  return { owner: moved.to, state: await readWallet(wallets, moved.to) }
}

const readWallet = async ({ store }: Wallets, user: string): Promise<WalletState | undefined> => {
  const row = await store.read(toWalletId(user))
  return row && (JSON.parse(row.data) as WalletState)
}
