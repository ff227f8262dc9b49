import type { ResultSetHeader, RowDataPacket } from 'mysql2/promise'
import { withTimeout } from '../runtime/timeout.ts'
import type { PoolOptions } from './mysql-pool.ts'

/** The values of `MYSQL_SSL_MODE`, named as MySQL's own clients do (MySQL 8.0 Reference Manual, "--ssl-mode"). `required` encrypts,
 *  `verify_ca` also checks who signed the certificate, `verify_identity` also checks the host name. */
export const sslModes = ['disabled', 'required', 'verify_ca', 'verify_identity'] as const

export type SslMode = (typeof sslModes)[number]

/** Where the database is and how to log in. */
export interface MysqlLogin {
  readonly host: string
  readonly port: number
  readonly user: string
  readonly password: string
  readonly database: string
  readonly sslMode: SslMode
}

/** SQL with a placeholder for each value. Column names are ours; nothing from outside is ever part of the SQL. */
export interface Statement {
  readonly sql: string
  readonly values: (string | number | boolean | null)[]
}

export interface MysqlOptions extends PoolOptions {
  /** The statement that creates the table; undefined: a missing table is the caller's. */
  readonly createTable?: string
  /** How long a statement may take, in milliseconds, connecting included. Default 1,500. */
  readonly timeoutMs?: number | undefined
}

type MysqlResult = ResultSetHeader | RowDataPacket[]

/** Runs statements on the project's MySQL. */
export interface Mysql {
  /** Runs a statement. Creates the table and tries again if there is none. Rejects if the connection is lost. */
  readonly run: <Result extends MysqlResult>(statement: Statement) => Promise<Result>
  /** Runs a statement that may run twice: tries again if the connection turns out to be lost, as after the instance was frozen. Not
   *  for a change whose result counts, unless it can be recognised afterwards: the second run would find nothing to change. */
  readonly runAgain: <Result extends MysqlResult>(statement: Statement) => Promise<Result>
  /** Closes the connections. */
  readonly end: () => Promise<void>
}

/** The default of `timeoutMs`, in milliseconds. */
export const defaultTimeoutMs = 1_500

/** Creates a runner of statements. Nothing is loaded or connected before the first one. */
export const createMysql = (options: MysqlOptions): Mysql => {
  const { createTable, timeoutMs = defaultTimeoutMs } = options
  const execute = async <Result extends MysqlResult>({ sql, values }: Statement): Promise<Result> => {
    const { withConnection } = await import('./mysql-pool.ts')
    let connected = false
    const work = withConnection(options, async (connection) => {
      connected = true
      const [result] = await withTimeout(timeoutMs, connection.query<Result>({ sql, values }))
      return result
    })
    return withTimeout(timeoutMs, work).catch((error: NodeJS.ErrnoException) => {
      if (connected && error.code === 'ETIMEDOUT') error.code = 'PROTOCOL_SEQUENCE_TIMEOUT'
      throw error
    })
  }
  const run = <Result extends MysqlResult>(statement: Statement): Promise<Result> =>
    execute<Result>(statement).catch(async (error: NodeJS.ErrnoException) => {
      if (error.code !== 'ER_NO_SUCH_TABLE' || createTable === undefined) throw error
      await execute({ sql: createTable, values: [] })
      return execute<Result>(statement)
    })
  return {
    run,
    runAgain: <Result extends MysqlResult>(statement: Statement) =>
      run<Result>(statement).catch((error: NodeJS.ErrnoException) => {
        if (!lostConnectionCodes.has(error.code ?? '')) throw error
        return run<Result>(statement)
      }),
    end: async () => (await import('./mysql-pool.ts')).endPool(options),
  }
}

/** How `mysql2` and Node report a lost connection. */
const lostConnectionCodes: ReadonlySet<string> = new Set(['PROTOCOL_CONNECTION_LOST', 'ECONNRESET', 'EPIPE'])

/** Quotes a table name.
 *  @throws TypeError unless it is `table` or `database.table` */
export const quoteTable = (table: string): string => {
  if (!tableNamePattern.test(table)) throw new TypeError(`'${table}' is no name of a table`)
  return table.replaceAll(/\w+/g, '`$&`')
}

/** A table's name: `table` or `database.table`. Names cannot be parameters of a statement, so nothing else is accepted. */
export const tableNamePattern = /^(?:(?<database>[A-Za-z_][A-Za-z0-9_]{0,63})\.)?(?<table>[A-Za-z_][A-Za-z0-9_]{0,63})$/
