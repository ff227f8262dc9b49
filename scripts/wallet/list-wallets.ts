import { toWalletId, toWalletUser, type WalletRow } from '../../shared/wallet/wallet-store.ts'
import type { Wallets } from '../../shared/wallet/wallets.ts'

/** Which wallets are listed. */
export interface WalletRange {
  /** How the ids of their users begin. */
  readonly prefix: string
  /** Only users below this one; undefined: from the last. */
  readonly below?: string | undefined
  readonly limit: number
}

/** Above each user that begins with a prefix. */
const last = '\u{10ffff}'

/** A wallet and its user. */
export interface ListedWallet {
  readonly user: string
  readonly row: WalletRow
}

/** Lists wallets, those of the last users in the order of their ids first. */
export const listWallets = async (
  { store }: Pick<Wallets, 'store'>,
  { prefix, below = `${prefix}${last}`, limit }: WalletRange,
): Promise<ListedWallet[]> => {
  const rows = await store.findRange({ from: toWalletId(prefix), below: toWalletId(below), limit })
  return rows.map((row) => ({ user: toWalletUser(row) ?? '', row }))
}
