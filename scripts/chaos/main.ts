import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { findServer, startServer, stopServer } from '../../tests/support/mariadb.ts'
import { queryOn } from '../../tests/support/query.ts'
import { type ChaosOptions, type ChaosResult, runChaos } from './run.ts'
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

const withMysql = async (run: (store: StoreUnderTest) => Promise<ChaosResult>): Promise<ChaosResult> => {
  const program = findServer()
  if (!program) throw new Error('There is no MariaDB on this machine. Install mariadb-server-core.')
  const folder = await mkdtemp(join(tmpdir(), 'chaos-'))
  const server = await startServer({ program, folder, guardian: process.pid })
  try {
    await queryOn(server.dsn, 'CREATE DATABASE chaos CHARACTER SET utf8mb4')
    return await withStore(await mysqlUnderTest(`${server.dsn}/chaos`, options.seed), run)
  } finally {
    await stopServer(server)
    await rm(folder, { recursive: true, force: true })
  }
}

const withStore = async (
  store: StoreUnderTest,
  run: (store: StoreUnderTest) => Promise<ChaosResult>,
): Promise<ChaosResult> => {
  try {
    return await run(store)
  } finally {
    await store.close()
  }
}

const stores: Readonly<Record<string, (run: (store: StoreUnderTest) => Promise<ChaosResult>) => Promise<ChaosResult>>> =
  {
    collection: async (run) => withStore(await collectionUnderTest(options.seed), run),
    mysql: withMysql,
  }

for (const kind of values.store.split(',')) {
  const begin = performance.now()
  const result = await stores[kind]?.((store) => runChaos(store, options))
  if (!result) throw new Error(`There is no store '${kind}'. Choose from ${Object.keys(stores).join(', ')}.`)
  const seconds = Math.round((performance.now() - begin) / 1_000)
  const { failures, ...books } = result.reconciliation
  console.log(`\n${kind}: ${JSON.stringify(options)}, ${seconds} s`)
  console.table({
    ...books,
    pendingBeforeFlush: result.pending,
    flushedOrphans: result.flush.orphans,
    flushDelivered: result.flush.delivered,
  })
  console.table(failures)
  if (Object.values(failures).some((count) => count > 0)) process.exitCode = 1
}
