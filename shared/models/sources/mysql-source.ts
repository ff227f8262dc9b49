import type { RowDataPacket } from 'mysql2/promise'
import { createMysql } from '../../drivers/mysql.ts'
import type { PoolOptions } from '../../drivers/mysql-pool.ts'
import type { LoadedMap, MapSource } from './source.ts'
import { getSafeCode, toSourceError } from './source-errors.ts'
import type { TableName } from './table.ts'
import { maxRows, toLoadedMap } from './table.ts'

export interface MysqlSourceOptions extends PoolOptions {
  readonly table: TableName
}

/** Time for a statement, in milliseconds: a long table takes a while. */
const statementTimeoutMs = 3_000

/** The model map in a MySQL table. The package is loaded with the first query; nothing connects before that. */
export const mysqlSource = (options: MysqlSourceOptions): MapSource => {
  const { table } = options
  const { runAgain } = createMysql({ ...options, timeoutMs: statementTimeoutMs })
  const ask = (sql: string, values: string[] = []) => runAgain<RowDataPacket[]>({ sql, values })
  let hasState = true

  const stamp = async (): Promise<string> => {
    if (!hasState) return checksum()
    try {
      const sql = `SELECT version FROM ${table.quotedState} WHERE name = ?`
      const [row] = await ask(sql, [table.table])
      return String(row?.['version'] ?? '')
    } catch (error) {
      if (!withoutState.includes(getSafeCode(error))) throw toSourceError(error)
      hasState = false
      return checksum()
    }
  }

  /** Where nobody made the table of stamps, the content itself tells that it has changed. */
  const checksum = async (): Promise<string> => {
    const [row] = await ask(`CHECKSUM TABLE ${table.quoted}`).catch(rethrow)
    const sum: unknown = row?.['Checksum'] ?? null
    if (sum === null) throw toSourceError({ code: 'ER_NO_SUCH_TABLE' })
    return `checksum ${sum}`
  }

  const read = async (): Promise<LoadedMap> => {
    const sql = `SELECT * FROM ${table.quoted} ORDER BY model_name LIMIT ${maxRows + 1}`
    return toLoadedMap(await ask(sql).catch(rethrow), 'mysql')
  }

  const publish = async (version: string): Promise<string> => {
    hasState = true
    const published = await stamp()
    if (!hasState || published === version) return published
    const sql = `INSERT INTO ${table.quotedState} (name, version) VALUES (?, ?) ON DUPLICATE KEY UPDATE version = VALUES(version)`
    await ask(sql, [table.table, version]).catch(rethrow)
    return version
  }

  return { name: 'mysql', revision: stamp, read, publish }
}

/** A user who may read the one table only is told that the other is forbidden, whether it exists or not. */
const withoutState = ['ER_NO_SUCH_TABLE', 'ER_TABLEACCESS_DENIED_ERROR']

const rethrow = (error: unknown): never => {
  throw toSourceError(error)
}
