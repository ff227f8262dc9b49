import type { WalletStore } from '../../wallet/wallet-store.ts'
import type { KeptStoreConfig } from '../config/usage-config.ts'

/** Opens the table, collection or file of wallets, keys and counts of quotas. */
export const openRowStore = async (store: KeptStoreConfig): Promise<WalletStore> => {
  if (store.kind === 'file') return (await import('../../wallet/file-wallet-store.ts')).fileWalletStore(store.path)
  if (store.kind === 'mysql')
    return (await import('../../wallet/mysql-wallet-store.ts')).mysqlWalletStore(store.options)
  if (store.kind === 'rdb') return (await import('../../wallet/rdb-wallet-store.ts')).rdbWalletStore(store.options)
  return (await import('../../wallet/collection-wallet-store.ts')).collectionWalletStore(store.options)
}

/** Writes a row that no flush looks at, in place of the one with the same id. */
export const writeRow = async (store: WalletStore, id: string, data: string): Promise<void> => {
  await store.insert([{ id, version: 0, dueAt: 0, data }])
  for (let isWritten = false; !isWritten; ) {
    const { version = 0 } = (await store.read(id)) ?? {}
    isWritten = await store.replace({ id, version: version + 1, dueAt: 0, data })
  }
}
