import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { parseDsn } from '../../shared/gateway/config/mysql-dsn.ts'
import { collectionStore } from '../../shared/usage/store/collection-store.ts'
import { mysqlStore } from '../../shared/usage/store/mysql/mysql-store.ts'
import type { UsageRow } from '../../shared/usage/store/row.ts'
import type { UsageStore } from '../../shared/usage/store/store.ts'
import { collectionWalletStore } from '../../shared/wallet/collection-wallet-store.ts'
import { mysqlWalletStore } from '../../shared/wallet/mysql-wallet-store.ts'
import type { WalletStore } from '../../shared/wallet/wallet-store.ts'
import { getScriptArguments } from '../servers/script-arguments.ts'
import type { DatabaseOrder } from '../stand-ins/cloudbase-database-process.ts'
import { faultyProxy } from './faulty-proxy.ts'
import type { Variables } from './killable-function.ts'

/** A usage store with adjustable faults. */
export interface StoreUnderTest {
  /** The variables of a function that uses this store. */
  readonly variables: Variables
  /** Sets the share of operations with a fault, from 0 to 1. */
  readonly setFaults: (share: number) => Promise<void>
  /** Reads all rows. Set the faults to 0 first. */
  readonly rows: () => Promise<UsageRow[]>
  /** Opens the wallets beside the rows. End them when they are read. */
  readonly openWallets: () => WalletStore
  readonly close: () => Promise<void>
}

/** Reading all rows takes long and is no part of the test. */
const timeoutMs = 60_000

/** Wraps a command line, for example to run it on one core. */
type Launcher = (command: readonly string[]) => readonly [string, ...string[]]

const directly: Launcher = ([program = '', ...words]) => [program, ...words]

/** The collection store, which can also be slow. */
export interface CollectionUnderTest extends StoreUnderTest {
  /** Sets the time that each operation takes, in milliseconds. */
  readonly slowDown: (milliseconds: number) => Promise<void>
  /** Resolves with the number of operations so far. */
  readonly countCalls: () => Promise<number>
  readonly insert: (rows: readonly UsageRow[]) => Promise<void>
}

/** The collection store on the stand-in of the document database, which runs in its own process. */
export const collectionUnderTest = async (seed: number, launch = directly): Promise<CollectionUnderTest> => {
  const script = getScriptArguments('testing/stand-ins/cloudbase-database-process.ts')
  const [program, ...words] = launch([process.execPath, ...script, String(seed)])
  const child = spawn(program, words, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] })
  const [url] = (await once(child, 'message')) as [string]
  const order = async (message: DatabaseOrder): Promise<number> => {
    child.send(message)
    const [calls] = (await once(child, 'message')) as [number]
    return calls
  }
  const injected = { TCB_CONTEXT_CNFG: JSON.stringify({ URL: url }), TENCENTCLOUD: 'true', SILENCE: 'true' }
  Object.assign(process.env, injected)
  const credentials = { secretId: 'id-of-a-test', secretKey: 'key-of-a-test' }
  const names = { envId: 'chaos', region: 'ap-shanghai', collection: 'llm_gateway_usage' }
  const store = collectionStore({ ...names, credentials, timeoutMs })
  return {
    variables: {
      ...injected,
      USAGE_STORE: 'collection',
      CLOUDBASE_ENV_ID: 'chaos',
      TENCENTCLOUD_SECRETID: credentials.secretId,
      TENCENTCLOUD_SECRETKEY: credentials.secretKey,
    },
    setFaults: async (faults) => void (await order({ faults })),
    slowDown: async (slowMs) => void (await order({ slowMs })),
    countCalls: () => order({}),
    insert: (rows) => store.insert(rows),
    rows: () => readAllRows(store),
    openWallets: () => collectionWalletStore({ ...names, credentials, timeoutMs }),
    close: async () => {
      child.kill()
      await once(child, 'exit')
    },
  }
}

/** The MySQL store on a database behind a faulty proxy. */
export const mysqlUnderTest = async (dsn: string, seed: number): Promise<StoreUnderTest> => {
  const login = parseDsn(dsn, 'disabled')
  if (!login) throw new TypeError('The DSN is not valid.')
  const proxy = await faultyProxy(login.port, { faults: 0, seed })
  const table = 'llm_gateway_usage'
  const store = mysqlStore({ login, table, poolMin: 1, poolMax: 2, timeoutMs })
  const faultyDsn = new URL(dsn)
  faultyDsn.port = String(proxy.port)
  return {
    variables: { USAGE_STORE: 'mysql', MYSQL_DSN: faultyDsn.href },
    setFaults: (share) => Promise.resolve(proxy.setFaults(share)),
    rows: () => readAllRows(store),
    openWallets: () => mysqlWalletStore({ login, table, poolMin: 1, poolMax: 2 }),
    close: async () => {
      await store.end()
      await proxy.close()
    },
  }
}

/** Reads all rows of a store, page by page. */
export const readAllRows = async (store: UsageStore): Promise<UsageRow[]> => {
  const rows: UsageRow[] = []
  for (const state of ['open', 'final', 'void'] as const) {
    const page = (skip: number): Promise<UsageRow[]> =>
      store.find({
        equal: { state },
        atMost: { field: 'deadline_at', value: Number.MAX_SAFE_INTEGER },
        order: 'ascending',
        limit: 1_000,
        skip,
      })
    for (let skip = 0; ; skip += 1_000) {
      const found = await page(skip)
      rows.push(...found)
      if (found.length < 1_000) break
    }
  }
  return rows
}
