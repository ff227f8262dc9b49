import type { WalletStore } from '../../wallet/wallet-store.ts'
import type { SharedStoreConfig } from '../config/usage-config.ts'

/** Opens the table or collection of wallets and counts of quotas. */
export const openRowStore = async (store: SharedStoreConfig): Promise<WalletStore> => {
  if (store.kind === 'mysql')
    return (await import('../../wallet/mysql-wallet-store.ts')).mysqlWalletStore(store.options)
  if (store.kind === 'rdb') return (await import('../../wallet/rdb-wallet-store.ts')).rdbWalletStore(store.options)
  return (await import('../../wallet/collection-wallet-store.ts')).collectionWalletStore(store.options)
}
