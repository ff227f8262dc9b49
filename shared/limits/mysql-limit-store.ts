import type { ResultSetHeader, RowDataPacket } from 'mysql2/promise'
import { createMysql, quoteTable, type Statement } from '../drivers/mysql.ts'
import type { PoolOptions } from '../drivers/mysql-pool.ts'
import { leaseWidth, timeWidth } from './lease.ts'
import { type AcquireRequest, type LimitBounds, type LimitStore, windowMs } from './limit-store.ts'

/** The name of the table or collection with the limits' counts, beside that of the usage records. */
export const getLimitsName = (usage: string): string => `${usage}_limits`

/** The statement that creates the table; `scripts/sql/limits.sql` holds it for those who create it themselves. `table` is quoted,
 *  here and below. One row a user: `grants` are the times of the last requests, oldest first, without anything between
 *  them; `leases` those of the running ones. */
export const createLimitsTable = (table: string): string => `CREATE TABLE IF NOT EXISTS ${table} (
  \`id\` VARCHAR(128) NOT NULL PRIMARY KEY,
  \`grants\` TEXT NOT NULL,
  \`leases\` TEXT NOT NULL
) DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin`

/** The database's own clock, whatever its time zone: instances' clocks may differ. */
export const databaseNow = "TIMESTAMPDIFF(MICROSECOND, '1970-01-01', UTC_TIMESTAMP(3)) DIV 1000"

/** One part of what a claim asks for: what it changes, on what condition. */
interface StatementPart {
  readonly set: Statement
  readonly where: Statement
}

/** Enters a claim where it is within the bounds. The last requests are a ring of `perMinute` times: there is room for one more when
 *  the oldest of them is a minute old. No time is before the one that was entered before it, so that waiting for the row's
 *  lock puts nothing out of order. */
export const acquireStatement = (
  table: string,
  { user, weight: requests, lease }: AcquireRequest,
  bounds: LimitBounds,
): Statement => {
  const parts: StatementPart[] = [
    ...(requests > 0 ? [requestsPart(requests, bounds)] : []),
    ...(lease === undefined ? [] : [leasePart(lease, bounds)]),
  ]
  return {
    sql: `UPDATE ${table} SET ${parts.map(({ set }) => set.sql).join(', ')}
      WHERE \`id\` = ? AND ${parts.map(({ where }) => where.sql).join(' AND ')}`,
    values: [...parts.flatMap(({ set }) => set.values), user, ...parts.flatMap(({ where }) => where.values)],
  }
}

const requestsPart = (requests: number, { perMinute }: LimitBounds): StatementPart => {
  const kept = (perMinute - requests) * timeWidth
  const last = `GREATEST(RIGHT(\`grants\`, ${timeWidth}), CAST(${databaseNow} AS CHAR))`
  return {
    set: { sql: `\`grants\` = CONCAT(RIGHT(\`grants\`, ?), REPEAT(${last}, ?))`, values: [kept, requests] },
    where: {
      sql: `(CHAR_LENGTH(\`grants\`) <= ? OR LEFT(RIGHT(\`grants\`, ?), ${timeWidth}) <= CAST(${databaseNow} - ${windowMs} AS CHAR))`,
      values: [kept, kept + timeWidth],
    },
  }
}

/** A lease that is there is not entered again: the statement runs twice where its first reply is lost. */
const leasePart = (lease: string, { concurrent }: LimitBounds): StatementPart => ({
  set: { sql: '`leases` = CONCAT(`leases`, ?)', values: [lease] },
  where: {
    sql: 'CHAR_LENGTH(`leases`) < ? AND LOCATE(?, `leases`) = 0',
    values: [concurrent * leaseWidth, lease],
  },
})

/** Counts in a table beside that of the usage records, for all instances. A missing table is created. */
export const mysqlLimitStore = (bounds: LimitBounds, options: PoolOptions & { readonly table: string }): LimitStore => {
  const table = quoteTable(getLimitsName(options.table))
  const { runAgain } = createMysql({ ...options, createTable: createLimitsTable(table) })
  const withoutLeases = async (user: string, leases: readonly string[]): Promise<void> => {
    if (leases.length === 0) return
    const rest = leases.reduce((column) => `REPLACE(${column}, ?, '')`, '`leases`')
    const sql = `UPDATE ${table} SET \`leases\` = ${rest} WHERE \`id\` = ?`
    await runAgain<ResultSetHeader>({ sql, values: [...leases, user] })
  }
  return {
    // A claim with a lease is entered once and can be recognised by it. One of requests alone counts twice where its reply is lost.
    tryAcquire: async (claim) => {
      const { affectedRows } = await runAgain<ResultSetHeader>(acquireStatement(table, claim, bounds))
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
      await withoutLeases(user, leases)
    },
    release: (user, lease) => withoutLeases(user, [lease]),
  }
}

const splitByWidth = (text: string, width: number): string[] => text.match(new RegExp(`.{${width}}`, 'g')) ?? []
