import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { collectionWalletStore } from '../../shared/wallet/collection-wallet-store.ts'
import { fileWalletStore } from '../../shared/wallet/file-wallet-store.ts'
import { mysqlWalletStore } from '../../shared/wallet/mysql-wallet-store.ts'
import { rdbWalletStore } from '../../shared/wallet/rdb-wallet-store.ts'
import type { WalletStore } from '../../shared/wallet/wallet-store.ts'
import { providePostgres } from '../../testing/servers/postgres.ts'
import { hasDatabase, testDatabase } from '../../testing/servers/test-database.ts'
import { type CloudbaseDatabase, cloudbaseDatabase } from '../../testing/stand-ins/cloudbase-database.ts'
import { createLogin } from '../support/create-login.ts'
import { collectionAccess, injectDatabase, longTimeouts, rdbAccess, startRdb } from '../usage/store/stores.ts'

/** Where a wallet store is: what another process needs to open it. */
export type StorePlace =
  | { readonly kind: 'mysql'; readonly dsn: string }
  | { readonly kind: 'collection'; readonly url: string }
  | { readonly kind: 'rdb' }
  | { readonly kind: 'file'; readonly path: string }

const isThere = { mysql: hasDatabase, collection: true, rdb: providePostgres() !== undefined }

/** The stores that instances share and this machine can run. */
export const storeKinds = (['mysql', 'collection', 'rdb'] as const).filter((kind) => isThere[kind])

/** The same, and the file of one machine. */
export const walletStoreKinds = [...storeKinds, 'file'] as const

/** Opens a wallet store, as an instance of its own does. */
export const openWalletStore = (place: StorePlace): WalletStore => {
  if (place.kind === 'mysql')
    return mysqlWalletStore({ login: createLogin(place.dsn), table: 'llm_gateway_usage', poolMin: 1, poolMax: 3 })
  if (place.kind === 'file') return fileWalletStore(place.path)
  if (place.kind === 'rdb') return rdbWalletStore({ ...rdbAccess, table: 'llm_gateway_usage', ...longTimeouts })
  Object.assign(process.env, injectDatabase(place))
  return collectionWalletStore({ ...collectionAccess, collection: 'usage', ...longTimeouts })
}

/** An empty database for a test. */
export interface TestPlace {
  readonly place: StorePlace
  /** The stand-in; undefined for MySQL. */
  readonly standIn?: CloudbaseDatabase
  readonly close: () => Promise<void>
}

/** Creates each kind of database. */
export const testPlaces: Readonly<Record<StorePlace['kind'], () => Promise<TestPlace>>> = {
  mysql: async () => ({ place: { kind: 'mysql', dsn: (await testDatabase()).dsn }, close: () => Promise.resolve() }),
  collection: async () => {
    const standIn = await cloudbaseDatabase()
    return { place: { kind: 'collection', url: standIn.url }, standIn, close: standIn.close }
  },
  rdb: async () => ({ place: { kind: 'rdb' }, close: (await startRdb()).close }),
  file: async () => {
    const folder = await mkdtemp(join(tmpdir(), 'wallets-'))
    const path = join(folder, 'records', 'usage.wallet.jsonl')
    return { place: { kind: 'file', path }, close: () => rm(folder, { recursive: true }) }
  },
}

/** Repeats work until the store has time for it, as callers do. */
export const repeat = async <Result>(work: () => Promise<Result>): Promise<Result> => {
  for (;;) {
    try {
      return await work()
    } catch (error) {
      if (!['ETIMEDOUT', 'ECONNRESET'].includes(String((error as NodeJS.ErrnoException).code))) throw error
    }
  }
}
