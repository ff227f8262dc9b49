import type { ResultSetHeader, RowDataPacket } from 'mysql2/promise'
import { leaseWidth, timeWidth } from './lease.ts'
import type { LimitBounds, LimitStore } from './limit-store.ts'
import { createLimitsTable, databaseNow, limitsName, takeStatement } from './limits-table.ts'
import { mysqlRunner, quotedTable } from './mysql-runner.ts'
import type { MysqlStoreOptions } from './mysql-store.ts'

/** Counts in a table beside that of the usage records, for all instances. A missing table is created. */
export const mysqlLimits = (bounds: LimitBounds, options: MysqlStoreOptions): LimitStore => {
  const table = quotedTable(limitsName(options.table))
  const { runAgain } = mysqlRunner({ ...options, createTable: createLimitsTable(table) })
  const withoutLeases = async (user: string, leases: readonly string[]): Promise<void> => {
    if (leases.length === 0) return
    const rest = leases.reduce((column) => `REPLACE(${column}, ?, '')`, '`leases`')
    const sql = `UPDATE ${table} SET \`leases\` = ${rest} WHERE \`id\` = ?`
    await runAgain<ResultSetHeader>({ sql, values: [...leases, user] })
  }
  return {
    // A claim with a lease is entered once and can be recognised by it. One of requests alone counts twice where its reply is lost.
    take: async (claim) => {
      const { affectedRows } = await runAgain<ResultSetHeader>(takeStatement(table, claim, bounds))
      return affectedRows === 1
    },
    read: async (user) => {
      const sql = `SELECT \`grants\`, \`leases\`, ${databaseNow} AS \`now\` FROM ${table} WHERE \`id\` = ?`
      const [row] = await runAgain<RowDataPacket[]>({ sql, values: [user] })
      if (!row) return undefined
      return {
        grants: pieces(row['grants'], timeWidth).map(Number),
        leases: pieces(row['leases'], leaseWidth),
        now: Number(row['now']),
      }
    },
    mend: async (user, leases) => {
      const sql = `INSERT INTO ${table} (\`id\`, \`grants\`, \`leases\`) VALUES (?, '', '') ON DUPLICATE KEY UPDATE \`id\` = \`id\``
      if (leases.length === 0) await runAgain<ResultSetHeader>({ sql, values: [user] })
      await withoutLeases(user, leases)
    },
    release: (user, lease) => withoutLeases(user, [lease]),
  }
}

const pieces = (text: string, width: number): string[] => text.match(new RegExp(`.{${width}}`, 'g')) ?? []
