import { parseWalletPage } from '../../../shared/gateway/account/wallet-requests.ts'
import { viewWallet, type WalletView } from '../../../shared/wallet/view-wallet.ts'
import { getAvailable, getBalance, type WalletState } from '../../../shared/wallet/wallet-state.ts'
import { toCurrent } from '../../../shared/wallet/wallets.ts'
import { listWallets } from '../../wallet/list-wallets.ts'
import type { Workspace } from '../workspace.ts'

/** Wallets whose users' ids begin with a text. */
export interface WalletsView {
  /** In the order of the ids. */
  readonly wallets: readonly { readonly user: string; readonly balance: number; readonly available: number }[]
  /** Whether there are more of them. */
  readonly is_cut: boolean
}

const maxWallets = 50

/** Finds wallets by the beginning of their users' ids (`prefix`; default: all).
 *  @throws ConsoleError no_wallets (409) if no store can hold wallets */
export const readWallets = async (workspace: Workspace, query: URLSearchParams): Promise<WalletsView> => {
  const wallets = await workspace.openWallets()
  const found = await listWallets(wallets, { prefix: query.get('prefix') ?? '', limit: maxWallets + 1 })
  const listed = found.slice(0, maxWallets).reverse()
  return {
    wallets: listed.map(({ user, row }) => {
      const state = toCurrent(JSON.parse(row.data) as WalletState, wallets.now())
      return { user, balance: getBalance(state), available: getAvailable(state) }
    }),
    is_cut: found.length > maxWallets,
  }
}

/** Reads the wallet of a user (`user`), with one page of its entries (`limit`, `before`).
 *  @throws invalid_value (400) if the page is wrong; ConsoleError no_wallets (409) if no store can hold wallets */
export const readWallet = async (workspace: Workspace, query: URLSearchParams): Promise<WalletView> =>
  viewWallet(await workspace.openWallets(), query.get('user') ?? '', parseWalletPage(query))
