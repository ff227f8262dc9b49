import type { ResultSetHeader, RowDataPacket } from 'mysql2/promise'
import { createMysql, quoteTable } from '../../../drivers/mysql.ts'
import type { PoolOptions } from '../../../drivers/mysql-pool.ts'
import { readRow, readTotals } from '../read-row.ts'
import type { UsageStore } from '../store.ts'
import { findStatement, insertStatement, totalsStatement, updateStatement } from './statements.ts'
import { createUsageTable } from './table.ts'

/** The options of {@link mysqlStore}. */
export interface MysqlStoreOptions extends PoolOptions {
  /** `table` or `database.table`. */
  readonly table: string
  /** How long a statement may take, in milliseconds. Default 1,500. */
  readonly timeoutMs?: number | undefined
}

/** Stores rows in a table of the project's MySQL. A missing table is created. */
export const mysqlStore = (options: MysqlStoreOptions): UsageStore => {
  const table = quoteTable(options.table)
  const { run, runAgain, end } = createMysql({ ...options, createTable: createUsageTable(table) })
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
      return row && readRow(row)
    },
    find: async (query) => (await runAgain<RowDataPacket[]>(findStatement(table, query))).map(readRow),
    totals: async (query) => {
      const rows = await runAgain<RowDataPacket[]>(totalsStatement(table, query))
      return rows.map((row) => readTotals(row, row, query))
    },
    end,
  }
}
