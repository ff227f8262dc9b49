import type { RowDataPacket } from 'mysql2/promise'
import { createMysql } from '../../drivers/mysql.ts'
import type { PoolOptions } from '../../drivers/mysql-pool.ts'
import type { LoadedMap, MapSource } from './source.ts'
import { getSafeCode, toSourceError } from './source-errors.ts'
import { maxTableRows, type TableName, toLoadedMap } from './table.ts'

/** The table, and the connections to its database. */
export interface MysqlSourceOptions extends PoolOptions {
  readonly table: TableName
}

/** Time for a statement, in milliseconds: a long table takes a while. */
const statementTimeoutMs = 3_000

/** The model map in a MySQL table. The driver is loaded with the first query; nothing connects before that. */
export const createMysqlSource = (options: MysqlSourceOptions): MapSource => {
  const { table } = options
  const { runAgain } = createMysql({ ...options, timeoutMs: statementTimeoutMs })
  const query: Query = (sql, values = []) => runAgain<RowDataPacket[]>({ sql, values })
  /** Whether the table of versions can be used, as far as is known. */
  let hasState = true

  /** The revision without a table of versions. A view has no checksum, so its rows themselves are compared. */
  const getContentRevision = async (): Promise<string> =>
    (await getChecksum(query, table)) ?? `content ${(await read()).version}`

  const getRevision = async (): Promise<string> => {
    if (!hasState) return getContentRevision()
    try {
      const sql = `SELECT version FROM ${table.quotedState} WHERE name = ?`
      const [row] = await query(sql, [table.table])
      return String(row?.['version'] ?? '')
    } catch (error) {
      if (!missingStateCodes.includes(getSafeCode(error))) throw toSourceError(error)
      hasState = false
      return getContentRevision()
    }
  }

  const read = async (): Promise<LoadedMap> => {
    const sql = `SELECT * FROM ${table.quoted} ORDER BY model_name LIMIT ${maxTableRows + 1}`
    return toLoadedMap(await query(sql).catch(rethrow), 'mysql')
  }

  const publish = async (version: string): Promise<string> => {
    hasState = true
    const published = await getRevision()
    if (!hasState || published === version) return published
    const sql = `INSERT INTO ${table.quotedState} (name, version) VALUES (?, ?) ON DUPLICATE KEY UPDATE version = VALUES(version)`
    await query(sql, [table.table, version]).catch(rethrow)
    return version
  }

  return { name: 'mysql', revision: getRevision, read, publish }
}

type Query = (sql: string, values?: string[]) => Promise<RowDataPacket[]>

/** A checksum of a table's content. Resolves with undefined for a view and for a table that does not exist: both are NULL (MySQL 8.0
 *  Reference Manual, "CHECKSUM TABLE Statement"). */
const getChecksum = async (query: Query, table: TableName): Promise<string | undefined> => {
  const [row] = await query(`CHECKSUM TABLE ${table.quoted}`).catch(rethrow)
  const sum: unknown = row?.['Checksum'] ?? null
  return sum === null ? undefined : `checksum ${sum}`
}

/** The codes of a query for the table of versions that cannot be used. If a user may read only the model table, MySQL
 *  denies access to the other one, whether it exists or not. */
const missingStateCodes = ['ER_NO_SUCH_TABLE', 'ER_TABLEACCESS_DENIED_ERROR']

const rethrow = (error: unknown): never => {
  throw toSourceError(error)
}
