import type { Pool, RowDataPacket } from 'mysql2/promise'
import { mysqlTls, type SslMode } from '../../drivers/mysql.ts'
import type { LoadedMap, MapSource } from './source.ts'
import { getSafeCode, toSourceError } from './source-errors.ts'
import type { TableName } from './table.ts'
import { toLoadedMap, maxRows } from './table.ts'

/** Where the database is and how to log in. */
export interface MysqlLogin {
  readonly host: string
  readonly port: number
  readonly user: string
  readonly password: string
  readonly database: string
  readonly sslMode: SslMode
}

export interface MysqlSourceOptions {
  readonly login: MysqlLogin
  readonly table: TableName
  /** Connections kept open between queries; 0 closes each after its use. */
  readonly poolMin: number
  /** The most connections of this instance. */
  readonly poolMax: number
}

const connectTimeoutMs = 2_000
const queryTimeoutMs = 3_000

/** One statement with its values. */
type Ask = (sql: string, values?: readonly string[]) => Promise<RowDataPacket[]>

/** The model map in a MySQL table. The package is loaded with the first query; nothing connects before that. */
export const mysqlSource = (options: MysqlSourceOptions): MapSource => {
  const { table } = options
  const ask = oneAtATime(options)
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

  return { name: 'mysql', stamp, read, publish }
}

/** A user who may read the one table only is told that the other is forbidden, whether it exists or not. */
const withoutState = ['ER_NO_SUCH_TABLE', 'ER_TABLEACCESS_DENIED_ERROR']

const rethrow = (error: unknown): never => {
  throw toSourceError(error)
}

/** Asks over a pool, one statement after the other. A kept connection may have died while the instance was frozen, so a
 *  statement that met a lost one is asked once more on a new one. */
const oneAtATime = (options: MysqlSourceOptions): Ask => {
  let pool: Pool | undefined
  let last: Promise<unknown> = Promise.resolve()

  const once = async (...statement: Parameters<Ask>): Promise<RowDataPacket[]> => {
    pool ??= await openPool(options)
    const opened = pool
    try {
      return await query(opened, ...statement)
    } finally {
      if (options.poolMin === 0) {
        pool = undefined
        await opened.end()
      }
    }
  }

  return (...statement) => {
    const kept = pool !== undefined
    const asked = last.then(() =>
      once(...statement).catch((error: unknown) =>
        kept && wasLost(error) ? once(...statement) : Promise.reject(error),
      ),
    )
    last = asked.catch(() => undefined)
    return asked
  }
}

const wasLost = (error: unknown): boolean => ['PROTOCOL_CONNECTION_LOST', 'ECONNRESET', 'EPIPE'].includes(getSafeCode(error))

const query = async (pool: Pool, sql: string, values: readonly string[] = []): Promise<RowDataPacket[]> => {
  const connection = await pool.getConnection()
  try {
    const [rows] = await connection.query<RowDataPacket[]>({ sql, values: [...values], timeout: queryTimeoutMs })
    connection.release()
    return rows
  } catch (error) {
    connection.destroy()
    throw error
  }
}

const openPool = async ({ login, poolMax }: MysqlSourceOptions): Promise<Pool> => {
  const { createPool } = await import('mysql2/promise')
  const { host, port, user, password, database, sslMode } = login
  const ssl = mysqlTls(sslMode)
  return createPool({
    ...{ host, port, user, password, database },
    ...(ssl && { ssl }),
    connectTimeout: connectTimeoutMs,
    connectionLimit: poolMax,
    maxIdle: poolMax,
    dateStrings: true,
    multipleStatements: false,
  })
}
