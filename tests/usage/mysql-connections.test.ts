import { randomUUID } from 'node:crypto'
import { expect, test } from '@jest/globals'
import { createConnection, type RowDataPacket } from 'mysql2/promise'
import { mysqlStore } from '../../shared/usage/mysql-store.ts'
import { openRow } from '../../shared/usage/usage-row.ts'
import { instanceOf } from '../support/instance-of.ts'
import { loginOf } from '../support/login-of.ts'
import { openingOf } from '../support/opening-of.ts'
import { describeWithDatabase, testDatabase } from '../support/test-database.ts'

const poolMax = 2

const opening = openingOf({ stream: true, promptTokens: () => 1 })

describeWithDatabase('the connections of one instance', () => {
  test('are never more than MYSQL_POOL_MAX for its records and one for its model map, however many requests there are', async () => {
    const { dsn, name } = await testDatabase()
    const store = mysqlStore({ connection: loginOf(dsn), table: 'llm_gateway_usage', poolMax })
    const models = instanceOf({ MYSQL_DSN: dsn, MYSQL_POOL_MAX: String(poolMax), MYSQL_POOL_MIN: '1' })
    const row = () => openRow({ ...opening, requestId: randomUUID() }, { now: 1, longestMs: 1, written: true })
    const work = Promise.all([
      ...Array.from({ length: 200 }, () => store.insert(row())),
      ...Array.from({ length: 20 }, () => models.reload({ force: true })),
    ])
    const counts = await countUntil(work, { dsn, name })
    await store.end()
    expect(counts.length).toBeGreaterThan(3)
    expect(Math.max(...counts)).toBeGreaterThan(1)
    expect(Math.max(...counts)).toBeLessThanOrEqual(poolMax + 1)
  })
})

/** The connections to a database, but for the one that counts them, until some work is done. */
const countUntil = async (work: Promise<unknown>, { dsn, name }: { dsn: string; name: string }): Promise<number[]> => {
  const observer = await createConnection({ uri: dsn })
  let isDone = false
  const finished = work.finally(() => {
    isDone = true
  })
  const counts: number[] = []
  while (!isDone) {
    const [[found]] = await observer.query<RowDataPacket[]>(
      'SELECT COUNT(*) AS connections FROM information_schema.processlist WHERE db = ?',
      [name],
    )
    counts.push(Number(found?.['connections']) - 1)
  }
  await observer.end()
  await finished
  return counts
}
