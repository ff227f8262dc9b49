import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { findServer, startServer, stopServer } from '../../tests/support/mariadb.ts'
import { queryOn } from '../../tests/support/query.ts'
import { balances, booksText, waitsText } from './books.ts'
import { type ChaosOptions, measureCalm, runChaos } from './run.ts'
import { collectionUnderTest, mysqlUnderTest, type StoreUnderTest } from './store-under-test.ts'

/** `npm run chaos -- --requests 10000 --faults 0.1 --kills 50 [--seed 1] [--store collection|mysql]`: the books after a run in
 *  which everything breaks. It ends with 1 when they do not balance. */

const { values } = parseArgs({
  options: {
    requests: { type: 'string', default: '10000' },
    faults: { type: 'string', default: '0.1' },
    kills: { type: 'string', default: '50' },
    seed: { type: 'string', default: '1' },
    store: { type: 'string', default: 'collection,mysql' },
  },
})

const options: ChaosOptions = {
  requests: Number(values.requests),
  faults: Number(values.faults),
  kills: Number(values.kills),
  seed: Number(values.seed),
}

const withMysql = async (use: (store: StoreUnderTest) => Promise<void>): Promise<void> => {
  const program = findServer()
  if (!program) throw new Error('There is no MariaDB on this machine. Install mariadb-server-core.')
  const folder = await mkdtemp(join(tmpdir(), 'chaos-'))
  const server = await startServer({ program, folder, guardian: process.pid })
  try {
    await queryOn(server.dsn, 'CREATE DATABASE chaos CHARACTER SET utf8mb4')
    await withStore(await mysqlUnderTest(`${server.dsn}/chaos`, options.seed), use)
  } finally {
    await stopServer(server)
    await rm(folder, { recursive: true, force: true })
  }
}

const withStore = async (store: StoreUnderTest, use: (store: StoreUnderTest) => Promise<void>): Promise<void> => {
  try {
    await use(store)
  } finally {
    await store.close()
  }
}

const stores: Readonly<Record<string, (use: (store: StoreUnderTest) => Promise<void>) => Promise<void>>> = {
  collection: async (use) => withStore(await collectionUnderTest(options.seed), use),
  mysql: withMysql,
}

const runOn = async (kind: string, store: StoreUnderTest): Promise<void> => {
  const { requests, faults, kills, seed } = options
  console.log(`\n${kind}: ${requests} requests, ${faults * 100} % faults, ${kills} kills, seed ${seed}`)
  console.log(waitsText(await measureCalm(store, seed)))
  const begin = performance.now()
  const result = await runChaos(store, options)
  console.log(`The run, ${Math.round((performance.now() - begin) / 1_000)} s:\n${booksText(result)}`)
  if (!balances(result)) process.exitCode = 1
}

for (const kind of values.store.split(',')) {
  const withKind = stores[kind]
  if (!withKind) throw new Error(`There is no store '${kind}'. Choose from ${Object.keys(stores).join(', ')}.`)
  await withKind((store) => runOn(kind, store))
}
