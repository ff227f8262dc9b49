import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { collectionStore } from '../../../shared/usage/store/collection-store.ts'
import { fileStore } from '../../../shared/usage/store/file/file-store.ts'
import { mysqlStore } from '../../../shared/usage/store/mysql/mysql-store.ts'
import type { UsageStore } from '../../../shared/usage/store/store.ts'
import { testDatabase } from '../../../testing/servers/test-database.ts'
import { type CloudbaseDatabase, cloudbaseDatabase } from '../../../testing/stand-ins/cloudbase-database.ts'
import { createLogin } from '../../support/create-login.ts'

/** An empty store for a test. */
export interface TestStore {
  readonly store: UsageStore
  /** A second store on the same rows, as another process has. */
  readonly other: UsageStore
  readonly close: () => Promise<void>
}

/** Points the SDK at a stand-in. The platform injects the database's address into a function in the same way
 *  (`@cloudbase/node-sdk` 3.18.3, `tcbcontext.ts`); the other variables stop it from looking up its environment over the network, and from logging. */
export const injectDatabase = ({ url }: Pick<CloudbaseDatabase, 'url'>): Record<string, string> => ({
  TCB_CONTEXT_CNFG: JSON.stringify({ URL: url }),
  TENCENTCLOUD: 'true',
  SILENCE: 'true',
})

/** Credentials that the stand-in accepts. */
export const standInCredentials = { secretId: 'id-of-a-test', secretKey: 'key-of-a-test' }

/** Creates a collection store on a stand-in. */
export const collectionStoreOn = (database: CloudbaseDatabase): UsageStore => {
  Object.assign(process.env, injectDatabase(database))
  const options = { envId: 'test-env', region: 'ap-shanghai', collection: 'usage', credentials: standInCredentials }
  return collectionStore(options)
}

/** Creates each kind of store. */
export const testStores: Readonly<Record<'collection' | 'mysql' | 'file', () => Promise<TestStore>>> = {
  collection: async () => {
    const database = await cloudbaseDatabase()
    return { store: collectionStoreOn(database), other: collectionStoreOn(database), close: database.close }
  },
  mysql: async () => {
    const { dsn } = await testDatabase()
    const openStore = () => mysqlStore({ login: createLogin(dsn), table: 'llm_gateway_usage', poolMin: 1, poolMax: 3 })
    const [store, other] = [openStore(), openStore()]
    return { store, other, close: async () => void (await Promise.all([store.end(), other.end()])) }
  },
  file: async () => {
    const folder = await mkdtemp(join(tmpdir(), 'usage-'))
    const path = join(folder, 'records', 'usage.jsonl')
    return { store: fileStore(path), other: fileStore(path), close: () => rm(folder, { recursive: true }) }
  },
}
