import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { UsageError } from '../../scripts/command-line/usage-error.ts'
import { findServer, startServer, stopServer } from '../servers/mariadb.ts'
import { providePostgres } from '../servers/postgres.ts'
import { runQuery } from '../servers/run-query.ts'
import { rdbUnderTest } from './rdb-under-test.ts'
import { collectionUnderTest, mysqlUnderTest, type StoreUnderTest } from './store-under-test.ts'

/** Runs a function with a new store and closes the store afterwards. */
export type WithStore = <Result>(seed: number, run: (store: StoreUnderTest) => Promise<Result>) => Promise<Result>

const runAndClose = async <Result>(
  store: StoreUnderTest,
  run: (store: StoreUnderTest) => Promise<Result>,
): Promise<Result> => {
  try {
    return await run(store)
  } finally {
    await store.close()
  }
}

const withMysql: WithStore = async (seed, run) => {
  const program = findServer()
  if (!program) throw new Error('There is no MariaDB on this machine. Install mariadb-server-core.')
  const folder = await mkdtemp(join(tmpdir(), 'rig-'))
  const server = await startServer({ program, folder, guardian: process.pid })
  try {
    await runQuery(server.dsn, 'CREATE DATABASE rig CHARACTER SET utf8mb4')
    return await runAndClose(await mysqlUnderTest(`${server.dsn}/rig`, seed), run)
  } finally {
    await stopServer(server)
    await rm(folder, { recursive: true, force: true })
  }
}

const stores: Readonly<Record<string, WithStore>> = {
  collection: async (seed, run) => runAndClose(await collectionUnderTest(seed), run),
  mysql: withMysql,
  rdb: async (seed, run) => {
    const program = providePostgres()
    if (!program) throw new Error('There is no PostgreSQL on this machine. Install postgresql.')
    return runAndClose(await rdbUnderTest(program, seed), run)
  },
}

/** Finds a store by its name: `collection` (the stand-in of the document database), `mysql` (a new MariaDB server) or `rdb` (a new
 *  PostgreSQL server behind CloudBase's API).
 *  @throws UsageError with the usage of the tool for any other name */
export const findStore = (name: string, usage: string): WithStore => {
  const store = Object.hasOwn(stores, name) ? stores[name] : undefined
  if (store) return store
  throw new UsageError(`There is no store '${name}'. Choose from ${Object.keys(stores).join(', ')}.`, usage)
}
