import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { KeyStore } from '../../../shared/auth/keys/key-ring.ts'
import { fileRows } from '../../../shared/drivers/file-rows.ts'
import type { WalletRow } from '../../../shared/wallet/wallet-store.ts'
import { openWalletStore, storeKinds, testPlaces } from '../../wallet/wallet-stores.ts'

/** An empty store of keys. */
export interface KeyPlace {
  /** Opens it, as an instance of its own does. */
  readonly open: () => KeyStore & { readonly end?: () => Promise<void> }
  /** Returns all that it holds, as one text. */
  readonly readAll: () => Promise<string>
  readonly close: () => Promise<void>
}

/** The stores that this machine can run. */
export const keyPlaceKinds = [...storeKinds, 'file'] as const

/** Creates an empty store of a kind. */
export const createKeyPlace = async (kind: (typeof keyPlaceKinds)[number]): Promise<KeyPlace> => {
  if (kind === 'file') return createFilePlace()
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
      const rows: WalletRow[] = await open().findRange({ from: '', below: '~', limit: 1_000 })
      return JSON.stringify(rows)
    },
    close: async () => {
      for (const { end } of opened) await end()
      await close()
    },
  }
}

const createFilePlace = async (): Promise<KeyPlace> => {
  const folder = await mkdtemp(join(tmpdir(), 'keys-'))
  const path = join(folder, 'records', 'usage.keys.jsonl')
  return {
    open: () => fileRows(path),
    readAll: () => readFile(path, 'utf8'),
    close: () => rm(folder, { recursive: true }),
  }
}
