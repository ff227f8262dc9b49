import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { collectionStore } from '../../../shared/usage/store/collection-store.ts'
import { fileStore } from '../../../shared/usage/store/file/file-store.ts'
import { mysqlStore } from '../../../shared/usage/store/mysql/mysql-store.ts'
import { rdbStore } from '../../../shared/usage/store/rdb-store.ts'
import type { UsageStore } from '../../../shared/usage/store/store.ts'
import { providePostgres } from '../../../testing/servers/postgres.ts'
import { testDatabase } from '../../../testing/servers/test-database.ts'
import { type CloudbaseDatabase, cloudbaseDatabase } from '../../../testing/stand-ins/cloudbase-database.ts'
import { type CloudbasePostgres, startCloudbasePostgres } from '../../../testing/stand-ins/cloudbase-postgres.ts'
import { serviceKey } from '../../../testing/stand-ins/postgres-api.ts'
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

/** The access to the environment whose document database a stand-in is. */
export const collectionAccess = { envId: 'test-env', region: 'ap-shanghai', credentials: standInCredentials }

/** The longest waits of a test that does not look at them: on a loaded machine even a stand-in may take seconds. */
export const longTimeouts = { timeoutMs: 60_000, requestTimeoutMs: 60_000 }

/** Creates a collection store on a stand-in. */
export const collectionStoreOn = (
  database: CloudbaseDatabase,
  timeouts: Partial<typeof longTimeouts> = {},
): UsageStore => {
  Object.assign(process.env, injectDatabase(database))
  return collectionStore({ ...collectionAccess, collection: 'usage', ...timeouts })
}

/** The access to the environment whose API a stand-in receives. */
export const rdbAccess = { envId: 'test-env', region: 'ap-shanghai', credentials: { accessKey: serviceKey } }

/** Starts PostgreSQL with the tables of `scripts/sql/postgres`, and the API of CloudBase before it. */
export const startRdb = async (): Promise<CloudbasePostgres> => {
  Object.assign(process.env, { TENCENTCLOUD: 'true', SILENCE: 'true' })
  return startCloudbasePostgres(providePostgres() ?? '', ['usage', 'limits', 'wallet'])
}

/** Creates each kind of store. */
export const testStores: Readonly<Record<'collection' | 'mysql' | 'rdb' | 'file', () => Promise<TestStore>>> = {
  collection: async () => {
    const database = await cloudbaseDatabase()
    const openStore = () => collectionStoreOn(database, longTimeouts)
    return { store: openStore(), other: openStore(), close: database.close }
  },
  mysql: async () => {
    const { dsn } = await testDatabase()
    const openStore = () => mysqlStore({ login: createLogin(dsn), table: 'llm_gateway_usage', poolMin: 1, poolMax: 3 })
    const [store, other] = [openStore(), openStore()]
    return { store, other, close: async () => void (await Promise.all([store.end(), other.end()])) }
  },
  rdb: async () => {
    const { close } = await startRdb()
    const openStore = () => rdbStore({ ...rdbAccess, table: 'llm_gateway_usage', ...longTimeouts })
    return { store: openStore(), other: openStore(), close }
  },
  file: async () => {
    const folder = await mkdtemp(join(tmpdir(), 'usage-'))
    const path = join(folder, 'records', 'usage.jsonl')
    return { store: fileStore(path), other: fileStore(path), close: () => rm(folder, { recursive: true }) }
  },
}
