import { readFile } from 'node:fs/promises'
import type { KeyStore } from '../../../shared/auth/keys/key-ring.ts'
import type { WalletRow } from '../../../shared/wallet/wallet-store.ts'
import { openWalletStore, testPlaces, walletStoreKinds } from '../../wallet/wallet-stores.ts'

/** An empty store of keys. */
export interface KeyPlace {
  /** Opens it, as an instance of its own does. */
  readonly open: () => KeyStore & { readonly end?: () => Promise<void> }
  /** Returns all that it holds, as one text: of a file, what was replaced too. */
  readonly readAll: () => Promise<string>
  readonly close: () => Promise<void>
}

/** The stores that this machine can run. */
export const keyPlaceKinds = walletStoreKinds

/** Creates an empty store of a kind. */
export const createKeyPlace = async (kind: (typeof keyPlaceKinds)[number]): Promise<KeyPlace> => {
  const { place, close } = await testPlaces[kind]()
  const opened: { readonly end: () => Promise<void> }[] = []
  const open = () => {
    const store = openWalletStore(place)
    opened.push(store)
    return store
  }
  return {
    open,
    readAll: async () => {
      if (place.kind === 'file') return readFile(place.path, 'utf8')
      const rows: WalletRow[] = await open().findRange({ from: '', below: '~', limit: 1_000 })
      return JSON.stringify(rows)
    },
    close: async () => {
      for (const { end } of opened) await end()
      await close()
    },
  }
}
