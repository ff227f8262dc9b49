import type { ResultSetHeader, RowDataPacket } from 'mysql2/promise'
import { createMysql, quoteTable, type Statement } from '../drivers/mysql.ts'
import type { PoolOptions } from '../drivers/mysql-pool.ts'
import { getWalletName, maxIdLength, type WalletRow, type WalletStore } from './wallet-store.ts'

/** The statement that creates the table. `scripts/sql/wallet.sql` holds the same statement for operators who create the
 *  table themselves. `table` is a quoted name. */
export const createWalletTable = (table: string): string => `CREATE TABLE IF NOT EXISTS ${table} (
  \`id\` VARCHAR(${maxIdLength}) NOT NULL PRIMARY KEY,
  \`version\` BIGINT UNSIGNED NOT NULL,
  \`due_at\` BIGINT UNSIGNED NOT NULL DEFAULT 0,
  \`data\` MEDIUMTEXT NOT NULL,
  KEY due (due_at)
) DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin`

/** Stores wallets in a table beside that of the usage records. A missing table is created. */
export const mysqlWalletStore = (options: PoolOptions & { readonly table: string }): WalletStore => {
  const table = quoteTable(getWalletName(options.table))
  const { run, runAgain, end } = createMysql({ ...options, repairs: { ER_NO_SUCH_TABLE: [createWalletTable(table)] } })
  const select = async (where: string, values: Statement['values']): Promise<WalletRow[]> =>
    (await runAgain<RowDataPacket[]>({ sql: `SELECT * FROM ${table} WHERE ${where}`, values })).map(readWalletRow)
  return {
    read: async (id) => (await select('`id` = ?', [id]))[0],
    insert: async (rows) => {
      const sql = `INSERT INTO ${table} (\`id\`, \`version\`, \`due_at\`, \`data\`) VALUES ${rows.map(() => '(?, ?, ?, ?)').join(', ')}
        ON DUPLICATE KEY UPDATE \`id\` = \`id\``
      await runAgain<ResultSetHeader>({
        sql,
        values: rows.flatMap(({ id, version, dueAt, data }) => [id, version, dueAt, data]),
      })
    },
    replace: async ({ id, version, dueAt, data }) => {
      const sql = `UPDATE ${table} SET \`version\` = ?, \`due_at\` = ?, \`data\` = ? WHERE \`id\` = ? AND \`version\` = ?`
      const { affectedRows } = await run<ResultSetHeader>({ sql, values: [version, dueAt, data, id, version - 1] })
      return affectedRows === 1
    },
    findDue: ({ time, skip, limit }) =>
      select('`due_at` > 0 AND `due_at` <= ? ORDER BY `due_at`, `id` LIMIT ? OFFSET ?', [time, limit, skip]),
    findRange: ({ from, below, limit }) =>
      select('`id` >= ? AND `id` < ? ORDER BY `id` DESC LIMIT ?', [from, below, limit]),
    removeDue: async ({ from, below, time }) => {
      const sql = `DELETE FROM ${table} WHERE \`due_at\` > 0 AND \`due_at\` <= ? AND \`id\` >= ? AND \`id\` < ?`
      await runAgain<ResultSetHeader>({ sql, values: [time, from, below] })
    },
    end,
  }
}

const readWalletRow = (row: RowDataPacket): WalletRow => ({
  id: String(row['id']),
  version: Number(row['version']),
  dueAt: Number(row['due_at']),
  data: String(row['data']),
})
