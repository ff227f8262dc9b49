import type { ResultSetHeader, RowDataPacket } from 'mysql2/promise'
import { mysqlRunner, quotedTable } from '../../../drivers/mysql.ts'
import type { MysqlConnection } from '../../../drivers/mysql-pool.ts'
import type { UsageStore } from '../store.ts'
import { findStatement, insertStatement, toUsageRow, toTotals, totalsStatement, updateStatement } from './statements.ts'
import { createUsageTable } from './table.ts'

export interface MysqlStoreOptions {
  readonly connection: MysqlConnection
  /** A plain or `database.table` name. */
  readonly table: string
  /** Connections held at most. */
  readonly poolMax: number
  /** How long a statement may take, in milliseconds. Default `storeTimeoutMs`. */
  readonly timeoutMs?: number
}

/** Keeps rows in a table of the project's MySQL. A missing table is created. */
export const mysqlStore = (options: MysqlStoreOptions): UsageStore => {
  const table = quotedTable(options.table)
  const { run, runAgain, end } = mysqlRunner({ ...options, createTable: createUsageTable(table) })
  return {
    insert: async (row) => {
      await runAgain<ResultSetHeader>(insertStatement(table, row))
    },
    change: async (id, when, set) => {
      const { affectedRows } = await run<ResultSetHeader>(updateStatement(table, { ...when, id }, set))
      return affectedRows === 1
    },
    read: async (id) => {
      const [row] = await runAgain<RowDataPacket[]>({ sql: `SELECT * FROM ${table} WHERE \`id\` = ?`, values: [id] })
      return row && toUsageRow(row)
    },
    find: async (query) => (await runAgain<RowDataPacket[]>(findStatement(table, query))).map(toUsageRow),
    totals: async (query) => {
      const rows = await runAgain<RowDataPacket[]>(totalsStatement(table, query))
      return rows.map((row) => toTotals(row, query))
    },
    end,
  }
}
