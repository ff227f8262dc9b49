import { randomUUID } from 'node:crypto'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { afterAll, afterEach, describe, expect, test } from '@jest/globals'
import { transition } from '../../../shared/usage/ledger/transition.ts'
import { mysqlStore } from '../../../shared/usage/store/mysql/mysql-store.ts'
import { toOpenRow } from '../../../shared/usage/store/row.ts'
import { storeTimeoutMs } from '../../../shared/usage/store/store.ts'
import { lossyProxy } from '../../../testing/servers/lossy-proxy.ts'
import { findServer, startServer, stopServer } from '../../../testing/servers/mariadb.ts'
import { runQuery } from '../../../testing/servers/run-query.ts'
import { testDatabase } from '../../../testing/servers/test-database.ts'
import { type FaultyMysql, faultyMysql } from '../../../testing/stand-ins/faulty-mysql.ts'
import { createLogin } from '../../support/create-login.ts'
import { describeWithDatabase } from '../../support/describe-with-database.ts'
import { makeOpening } from '../../support/make-opening.ts'

const cleanups: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0)) await cleanup()
})

// mysql2 keeps the timer of a statement whose connection is lost, and the process does not end before that timer.
afterAll(() => wait(storeTimeoutMs))

const createLosingStore = async () => {
  const server: FaultyMysql = await faultyMysql('drops the connection in mid-answer')
  const store = mysqlStore({ login: createLogin(server.dsn), table: 'usage', poolMin: 1, poolMax: 1 })
  cleanups.push(store.end, server.close)
  return { store, statements: server.statements }
}

test('reads once more, on another connection, if the connection is lost', async () => {
  const { store, statements } = await createLosingStore()
  await expect(store.read('r')).rejects.toThrow()
  expect(statements).toHaveLength(2)
})

test('does not repeat a change whose connection is lost, because its result is unknown', async () => {
  const { store, statements } = await createLosingStore()
  await expect(store.change(['r'], { state: 'open' }, { state: 'void' })).rejects.toThrow()
  expect(statements).toHaveLength(1)
})

describeWithDatabase('a transition whose reply is lost', () => {
  test.each([1, 2])('reads the row to find out that it was made (%d lost)', async (count) => {
    const login = createLogin((await testDatabase()).dsn)
    const proxy = await lossyProxy(login.port)
    cleanups.push(proxy.close)
    const store = mysqlStore({ login: { ...login, port: proxy.port }, table: 'usage_lost', poolMin: 1, poolMax: 1 })
    cleanups.unshift(store.end)
    const row = toOpenRow(makeOpening({ requestId: randomUUID() }), { now: 1_000, maxMs: 1, written: true })
    await store.insert([row])
    proxy.loseReplies(count)
    const mark = await transition(store, row.id, { when: { state: 'open' }, set: { state: 'void' } }, 3_000)
    expect(await store.read(row.id)).toMatchObject({ state: 'void', mark })
    const again = await transition(store, row.id, { when: { state: 'open' }, set: { state: 'final' } }, 3_000)
    expect(again).toBeUndefined()
  })
})

describeWithDatabase('the MySQL table', () => {
  test('stores a row of the longest possible texts unchanged', async () => {
    const store = mysqlStore({
      login: createLogin((await testDatabase()).dsn),
      table: 'usage_longest',
      poolMin: 1,
      poolMax: 1,
    })
    cleanups.push(store.end)
    const price = `${'9'.repeat(9)}.${'9'.repeat(12)}`
    const opening = makeOpening({
      requestId: randomUUID(),
      userId: '用'.repeat(128),
      model: '模'.repeat(128),
      upstreamModel: '模'.repeat(255),
      provider: 'p'.repeat(64),
      clientRequestId: 'ÿ'.repeat(128),
      prices: { input: price, output: price, cache: price },
    })
    const row = toOpenRow(opening, { now: 1, maxMs: 1, written: true })
    await store.insert([row])
    expect(await store.read(row.id)).toEqual(row)
  })
})

describeWithDatabase('a table of the first version', () => {
  const row = toOpenRow(makeOpening(), { now: 1, maxMs: 1, written: true })
  const end = { state: 'final', units: '{"input":7}', target: 't', mark: 'm' } as const

  /** Creates the table as the first version did, with a row of that version. */
  const createFirstTable = async () => {
    const { dsn, name, query } = await testDatabase()
    const sql = (await readFile('scripts/sql/usage.sql', 'utf8')).replaceAll(
      /^ {2}`(units|target|target_attempts|shortfall|safety|key_id)`.*\n/gm,
      '',
    )
    await query(sql)
    const {
      units: _,
      target: __,
      target_attempts: ___,
      shortfall: ____,
      safety: _____,
      key_id: ______,
      ...first
    } = { ...row, id: 'first' }
    const columns = Object.keys(first).map((column) => `\`${column}\``)
    await query(`INSERT INTO llm_gateway_usage (${columns}) VALUES (${columns.map(() => '?')})`, Object.values(first))
    return { dsn, name, query }
  }
  const openStore = (dsn: string) => {
    const store = mysqlStore({ login: createLogin(dsn), table: 'llm_gateway_usage', poolMin: 1, poolMax: 2 })
    cleanups.push(store.end)
    return store
  }

  test.each(['insert', 'change'] as const)(
    'gets the new columns with the first %s, and keeps its rows',
    async (verb) => {
      const { dsn } = await createFirstTable()
      const store = openStore(dsn)
      if (verb === 'insert')
        await Promise.all([store.insert([{ ...row, ...end }]), openStore(dsn).insert([{ ...row, id: 's' }])])
      expect(await store.change(['first'], { state: 'open' }, end)).toBe(1)
      expect(await store.read('first')).toEqual({ ...row, ...end, id: 'first' })
      if (verb === 'insert') expect(await store.read(row.id)).toEqual({ ...row, ...end })
    },
  )

  test('takes records without them if the user may not add columns', async () => {
    const { dsn, name, query } = await createFirstTable()
    const user = `u${randomUUID().slice(0, 8)}`
    await query(`CREATE USER ${user}@'%' IDENTIFIED BY 'p'; GRANT SELECT, INSERT, UPDATE ON ${name}.* TO ${user}@'%'`)
    cleanups.push(async () => void (await query(`DROP USER ${user}@'%'`)))
    const store = openStore(Object.assign(new URL(dsn), { username: user, password: 'p' }).href)
    await store.insert([row])
    expect(await store.change([row.id], { state: 'open' }, end)).toBe(1)
    expect(await store.read(row.id)).toEqual({ ...row, state: 'final', mark: 'm' })
  })

  test('gets the new columns from scripts/sql/usage-columns.sql, which may run again', async () => {
    const { dsn, query } = await createFirstTable()
    const sql = await readFile('scripts/sql/usage-columns.sql', 'utf8')
    for (const _ of [1, 2]) await query(sql)
    const store = openStore(dsn)
    expect(await store.change(['first'], { state: 'open' }, end)).toBe(1)
    expect(await store.read('first')).toEqual({ ...row, ...end, id: 'first' })
  })
})

const program = findServer() ?? ''
const describeWithServer = program ? describe : describe.skip

describeWithServer('a server with NO_BACKSLASH_ESCAPES', () => {
  /** A separate server, because its mode would affect other tests. */
  const startOwnServer = async (): Promise<string> => {
    const folder = await mkdtemp(join(tmpdir(), 'no-escapes-'))
    const args = ['--sql-mode=NO_BACKSLASH_ESCAPES,STRICT_TRANS_TABLES']
    const server = await startServer({ program, folder, guardian: process.pid, words: args })
    cleanups.push(
      () => stopServer(server),
      () => rm(folder, { recursive: true }),
    )
    await runQuery(server.dsn, 'CREATE DATABASE records')
    return `${server.dsn.replace('root@', 'root:@')}/records`
  }

  test('stores a text that would end its value there as a text (R51)', async () => {
    const store = mysqlStore({
      login: createLogin(await startOwnServer()),
      table: 'usage_rows',
      poolMin: 1,
      poolMax: 1,
    })
    cleanups.unshift(store.end)
    const clientRequestId = "x', 'somebody else', 0) -- \\"
    const opening = makeOpening({ requestId: randomUUID(), clientRequestId })
    const row = toOpenRow(opening, { now: 1, maxMs: 1, written: true })
    await store.insert([row])
    expect(await store.read(row.id)).toEqual(row)
  })
})
