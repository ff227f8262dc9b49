import type { ResultSetHeader, RowDataPacket } from 'mysql2/promise'
import { createMysql, quoteTable, type Statement } from '../drivers/mysql.ts'
import type { PoolOptions } from '../drivers/mysql-pool.ts'
import { leaseWidth, timeWidth } from './lease.ts'
import { type AcquireRequest, getLimitsName, type LimitBounds, type LimitStore, windowMs } from './limit-store.ts'

/** The statement that creates the table. `scripts/sql/limits.sql` holds the same statement for operators who create the table
 *  themselves. `table` is a quoted name, here and below. Each user has one row: `grants` are the timestamps of the last requests,
 *  oldest first, without separators; `leases` are those of the running requests, likewise. */
export const createLimitsTable = (table: string): string => `CREATE TABLE IF NOT EXISTS ${table} (
  \`id\` VARCHAR(128) NOT NULL PRIMARY KEY,
  \`grants\` TEXT NOT NULL,
  \`leases\` TEXT NOT NULL
) DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin`

/** The database's own clock, in milliseconds since 1970 and in any time zone: the clocks of instances may differ. */
export const databaseNow = "TIMESTAMPDIFF(MICROSECOND, '1970-01-01', UTC_TIMESTAMP(3)) DIV 1000"

/** One part of the statement: a change and its condition. */
interface StatementPart {
  readonly set: Statement
  readonly where: Statement
}

/** Counts a request if it is within the bounds. The timestamps are a ring of `perMinute` times: one more request is within the
 *  bounds when the oldest of them is a minute old. A new timestamp is never below the last one, so that they stay in order even
 *  if statements wait for the lock of the row. */
export const acquireStatement = (
  table: string,
  { user, weight, lease }: AcquireRequest,
  bounds: LimitBounds,
): Statement => {
  const parts: StatementPart[] = [
    ...(weight > 0 ? [createRequestsPart(weight, bounds)] : []),
    ...(lease === undefined ? [] : [createLeasePart(lease, bounds)]),
  ]
  return {
    sql: `UPDATE ${table} SET ${parts.map(({ set }) => set.sql).join(', ')}
      WHERE \`id\` = ? AND ${parts.map(({ where }) => where.sql).join(' AND ')}`,
    values: [...parts.flatMap(({ set }) => set.values), user, ...parts.flatMap(({ where }) => where.values)],
  }
}

const createRequestsPart = (weight: number, { perMinute }: LimitBounds): StatementPart => {
  const keptWidth = (perMinute - weight) * timeWidth
  const last = `GREATEST(RIGHT(\`grants\`, ${timeWidth}), CAST(${databaseNow} AS CHAR))`
  return {
    set: { sql: `\`grants\` = CONCAT(RIGHT(\`grants\`, ?), REPEAT(${last}, ?))`, values: [keptWidth, weight] },
    where: {
      sql: `(CHAR_LENGTH(\`grants\`) <= ? OR LEFT(RIGHT(\`grants\`, ?), ${timeWidth}) <= CAST(${databaseNow} - ${windowMs} AS CHAR))`,
      values: [keptWidth, keptWidth + timeWidth],
    },
  }
}

/** The same lease is never added twice: the statement runs again if its first reply is lost. */
const createLeasePart = (lease: string, { concurrent }: LimitBounds): StatementPart => ({
  set: { sql: '`leases` = CONCAT(`leases`, ?)', values: [lease] },
  where: {
    sql: 'CHAR_LENGTH(`leases`) < ? AND LOCATE(?, `leases`) = 0',
    values: [concurrent * leaseWidth, lease],
  },
})

/** Counts in a table beside that of the usage records, for all instances. A missing table is created. */
export const mysqlLimitStore = (bounds: LimitBounds, options: PoolOptions & { readonly table: string }): LimitStore => {
  const table = quoteTable(getLimitsName(options.table))
  const { runAgain } = createMysql({ ...options, repairs: { ER_NO_SUCH_TABLE: [createLimitsTable(table)] } })
  const removeLeases = async (user: string, leases: readonly string[]): Promise<void> => {
    if (leases.length === 0) return
    const remaining = leases.reduce((column) => `REPLACE(${column}, ?, '')`, '`leases`')
    const sql = `UPDATE ${table} SET \`leases\` = ${remaining} WHERE \`id\` = ?`
    await runAgain<ResultSetHeader>({ sql, values: [...leases, user] })
  }
  return {
    // A request with a lease is counted once, because its lease identifies it. Without a lease, it counts twice if a reply is lost.
    tryAcquire: async (request) => {
      const { affectedRows } = await runAgain<ResultSetHeader>(acquireStatement(table, request, bounds))
      return affectedRows === 1
    },
    read: async (user) => {
      const sql = `SELECT \`grants\`, \`leases\`, ${databaseNow} AS \`now\` FROM ${table} WHERE \`id\` = ?`
      const [row] = await runAgain<RowDataPacket[]>({ sql, values: [user] })
      if (!row) return undefined
      return {
        timestamps: splitByWidth(row['grants'], timeWidth).map(Number),
        leases: splitByWidth(row['leases'], leaseWidth),
        now: Number(row['now']),
      }
    },
    prune: async (user, leases) => {
      const sql = `INSERT INTO ${table} (\`id\`, \`grants\`, \`leases\`) VALUES (?, '', '') ON DUPLICATE KEY UPDATE \`id\` = \`id\``
      if (leases.length === 0) await runAgain<ResultSetHeader>({ sql, values: [user] })
      await removeLeases(user, leases)
    },
    release: (user, lease) => removeLeases(user, [lease]),
  }
}

const splitByWidth = (text: string, width: number): string[] => text.match(new RegExp(`.{${width}}`, 'g')) ?? []
