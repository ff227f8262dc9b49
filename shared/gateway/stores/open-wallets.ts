import { GatewayError } from '../../protocol/errors.ts'
import { once } from '../../runtime/memoize.ts'
import type { WalletStore } from '../../wallet/wallet-store.ts'
import { createWallets, type Wallets } from '../../wallet/wallets.ts'
import type { Config } from '../config/config.ts'
import type { WalletConfig } from '../config/wallet-config.ts'

/** Returns a function that opens the wallets of a configuration, once.
 *  @throws gateway_misconfigured (503) from that function, if they are off or cannot be opened */
export const openWallets = ({ wallet }: Pick<Config, 'wallet'>): (() => Promise<Wallets>) =>
  once(async () => {
    if (wallet.kind !== 'on') throw closedError(wallet.kind)
    return createWallets({ store: await openStore(wallet), dailyPoints: wallet.dailyPoints })
  })

const openStore = async ({ store }: Extract<WalletConfig, { kind: 'on' }>): Promise<WalletStore> => {
  if (store.kind === 'mysql')
    return (await import('../../wallet/mysql-wallet-store.ts')).mysqlWalletStore(store.options)
  if (store.kind === 'rdb') return (await import('../../wallet/rdb-wallet-store.ts')).rdbWalletStore(store.options)
  return (await import('../../wallet/collection-wallet-store.ts')).collectionWalletStore(store.options)
}

const closedError = (kind: 'off' | 'refused'): GatewayError =>
  new GatewayError(
    503,
    'gateway_misconfigured',
    kind === 'off'
      ? "Wallets are off. The gateway's operator switches them on with WALLET=on."
      : "Wallets are not set up. The gateway's operator finds the reason in its log.",
  )
