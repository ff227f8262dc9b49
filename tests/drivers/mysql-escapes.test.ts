import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import type { ResultSetHeader, RowDataPacket } from 'mysql2/promise'
import { formatSql, type SqlValue } from '../../shared/drivers/format-sql.ts'
import { createMysql, type Mysql } from '../../shared/drivers/mysql.ts'
import { findServer, startServer, stopServer } from '../../testing/servers/mariadb.ts'
import { runQuery } from '../../testing/servers/run-query.ts'
import { testDatabase } from '../../testing/servers/test-database.ts'
import { faultyMysql } from '../../testing/stand-ins/faulty-mysql.ts'
import { createLogin } from '../support/create-login.ts'
import { describeWithDatabase } from '../support/describe-with-database.ts'

const cleanups: (() => Promise<void>)[] = []

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
})

const connect = (dsn: string, poolMin = 1): Mysql => {
  const mysql = createMysql({ login: createLogin(dsn), poolMin, poolMax: 2 })
  cleanups.push(mysql.end)
  return mysql
}

const program = findServer() ?? ''
const describeWithServer = program ? describe : describe.skip

describeWithServer('a server that sets NO_BACKSLASH_ESCAPES with init_connect', () => {
  const user = 'plain_user'

  /** Starts a server of its own, and returns the data source name of a user without SUPER: for others init_connect is
   *  skipped (MariaDB documentation, "init_connect"). */
  const startOwnServer = async (): Promise<string> => {
    const folder = await mkdtemp(join(tmpdir(), 'init-connect-'))
    cleanups.push(() => rm(folder, { recursive: true }))
    const words = ["--init-connect=SET sql_mode='NO_BACKSLASH_ESCAPES'"]
    const server = await startServer({ program, folder, guardian: process.pid, words })
    cleanups.push(() => stopServer(server))
    await runQuery(server.dsn, `CREATE DATABASE texts; CREATE USER ${user}@'127.0.0.1' IDENTIFIED BY 'p'`)
    await runQuery(server.dsn, `GRANT ALL ON texts.* TO ${user}@'127.0.0.1'`)
    return `${server.dsn.replace('root@', `${user}:p@`)}/texts`
  }

  test.each([1, 0])(
    'cannot make client text end its string (MYSQL_POOL_MIN=%i)',
    async (poolMin) => {
      const dsn = await startOwnServer()
      const [untouched] = await runQuery(dsn, 'SELECT @@SESSION.sql_mode AS mode')
      expect(untouched?.['mode']).toContain('NO_BACKSLASH_ESCAPES')

      const { run } = connect(dsn, poolMin)
      await run<ResultSetHeader>({ sql: 'CREATE TABLE notes (author VARCHAR(99), text VARCHAR(99))', values: [] })
      const texts = ["x', (SELECT USER())) -- \\", "\\', 1) -- ", "\\\\'", '"\\"', "it's", '你\\']
      for (const text of texts)
        await run<ResultSetHeader>({ sql: 'INSERT INTO notes VALUES (?, ?)', values: [text, 'mine'] })
      const rows = await run<RowDataPacket[]>({ sql: 'SELECT author, text FROM notes', values: [] })
      expect(rows).toEqual(texts.map((author) => ({ author, text: 'mine' })))
    },
    60_000,
  )
})

describeWithDatabase('any text', () => {
  test('comes back as it was sent', async () => {
    const { run } = connect((await testDatabase()).dsn)
    const text = fc.string({ unit: 'grapheme', maxLength: 40 })
    await fc.assert(
      fc.asyncProperty(text, fc.string({ unit: 'binary' }), async (one, other) => {
        const [row] = await run<RowDataPacket[]>({ sql: 'SELECT ? AS one, CONCAT(?) AS other', values: [one, other] })
        expect(row).toEqual({ one, other: Buffer.from(other).toString() })
      }),
    )
  })
})

describe('a new connection', () => {
  test('carries the statement at once, without one of our own before it', async () => {
    const server = await faultyMysql('has no table')
    cleanups.push(server.close)
    const { run } = connect(server.dsn)
    await expect(run({ sql: 'SELECT ?', values: ['a text'] })).rejects.toMatchObject({ code: 'ER_NO_SUCH_TABLE' })
    expect(server.statements).toEqual(["SELECT 'a text'"])
  })
})

test.each<[string, SqlValue[], string]>([
  ['SELECT 1', [], 'SELECT 1'],
  ['a = ? AND b = ?', [1, -2.5], 'a = 1 AND b = -2.5'],
  ['? ? ?', [true, false, null], 'true false null'],
  ['?', [''], "''"],
  ['? ?', ['what?', 'x'], "'what?' 'x'"],
  ['?', ['{"a":"b"}'], `'{"a":"b"}'`],
  ['?', ["it's"], "_utf8mb4 X'69742773'"],
  ['?', ['\\'], "_utf8mb4 X'5c'"],
  ['?', ['你'], "_utf8mb4 X'e4bda0'"],
  ['?', ['\n'], "_utf8mb4 X'0a'"],
  ['?', ["$&$'$`"], "_utf8mb4 X'242624272460'"],
])('writes the values of %s as literals that no mode changes: %j', (sql, values, text) => {
  expect(formatSql(sql, values)).toBe(text)
})
