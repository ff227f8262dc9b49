import type { ResultSetHeader, RowDataPacket } from 'mysql2/promise'
import { createMysql, quoteTable, type Statement } from '../../../drivers/mysql.ts'
import type { PoolOptions } from '../../../drivers/mysql-pool.ts'
import { readRow, readTotals } from '../read-row.ts'
import type { UsageStore } from '../store.ts'
import { findStatement, insertStatement, totalsStatement, type UsageTable, updateStatement } from './statements.ts'
import { addUsageColumns, createUsageTable, firstColumns, usageColumns } from './table.ts'

/** The options of {@link mysqlStore}. */
export interface MysqlStoreOptions extends PoolOptions {
  /** `table` or `database.table`. */
  readonly table: string
  /** How long a statement may take, in milliseconds. Default 1,500. */
  readonly timeoutMs?: number | undefined
}

const unknownColumnError = 'ER_BAD_FIELD_ERROR'

/** Stores rows in a table of the project's MySQL. A missing table is created. A table of an earlier version gets its new columns; if
 *  the database refuses that, rows are stored without them. */
export const mysqlStore = (options: MysqlStoreOptions): UsageStore => {
  const table = quoteTable(options.table)
  const repairs = { ER_NO_SUCH_TABLE: [createUsageTable(table)], [unknownColumnError]: addUsageColumns(table) }
  const { run, runAgain, end } = createMysql({ ...options, repairs })
  let written: UsageTable = { name: table, columns: usageColumns }
  const write = async (toStatement: (table: UsageTable) => Statement, timeoutMs?: number): Promise<ResultSetHeader> => {
    try {
      return await run<ResultSetHeader>(toStatement(written), timeoutMs)
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== unknownColumnError || written.columns === firstColumns) throw error
      written = { name: table, columns: firstColumns }
      return run<ResultSetHeader>(toStatement(written), timeoutMs)
    }
  }
  return {
    insert: async (rows, timeoutMs) => {
      await write((table) => insertStatement(table, rows), timeoutMs)
    },
    change: async (ids, when, set, timeoutMs) => {
      const { affectedRows } = await write((table) => updateStatement(table, { ids, when, set }), timeoutMs)
      return affectedRows
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
