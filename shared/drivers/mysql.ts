import type { Pool, ResultSetHeader, RowDataPacket } from 'mysql2/promise'
import { withTimeout } from '../runtime/timeout.ts'
import { storeTimeoutMs } from '../usage/store/store.ts'
import type { MysqlConnection } from './mysql-pool.ts'

/** The values of `MYSQL_SSL_MODE`: how a connection is protected, as MySQL's own clients name it (MySQL 8.0 Reference Manual,
 *  "--ssl-mode"). `required` encrypts, `verify_ca` also checks who signed the certificate, `verify_identity` also whom it names. */
export const sslModes = ['disabled', 'required', 'verify_ca', 'verify_identity'] as const

export type SslMode = (typeof sslModes)[number]

/** The `ssl` option of `mysql2`. */
export interface MysqlTls {
  readonly rejectUnauthorized: boolean
  readonly verifyIdentity: boolean
}

/** The option that keeps a mode's promise; none for a connection in the clear. */
export const mysqlTls = (mode: SslMode): MysqlTls | undefined =>
  mode === 'disabled'
    ? undefined
    : { rejectUnauthorized: mode !== 'required', verifyIdentity: mode === 'verify_identity' }

export interface MysqlRunnerOptions {
  readonly connection: MysqlConnection
  /** Connections held at most. */
  readonly poolMax: number
  /** The statement that creates the table which the others are about. */
  readonly createTable: string
  /** How long a statement may take, in milliseconds. Default `storeTimeoutMs`. */
  readonly timeoutMs?: number
}

/** What a statement answers. */
type Answer = ResultSetHeader | RowDataPacket[]

/** Runs statements on the project's MySQL. */
export interface MysqlRunner {
  /** Runs a statement, a second time where the first finds that there is no table yet. A lost connection is for the caller. */
  readonly run: <Result extends Answer>(statement: Statement) => Promise<Result>
  /** Runs a statement that may run twice, a second time where its connection turns out to be lost: a pool finds out about one
   *  that was closed while the function slept when it uses it. A change that says what it did is not among them, unless it can be
   *  recognised afterwards: its second run would say that there was nothing to change. */
  readonly runAgain: <Result extends Answer>(statement: Statement) => Promise<Result>
  /** Lets go of the connections. */
  readonly end: () => Promise<void>
}

/** Runs statements about a table. */
export const mysqlRunner = (options: MysqlRunnerOptions): MysqlRunner => {
  const { connection, poolMax, createTable, timeoutMs = storeTimeoutMs } = options
  const run = async <Result extends Answer>(statement: Statement) => {
    const pooled = await (await import('./mysql-pool.ts')).poolOf(connection, poolMax)
    const attempt = () => withTimeout(timeoutMs, execute<Result>(pooled, statement, timeoutMs))
    return attempt().catch(async (error: NodeJS.ErrnoException) => {
      if (error.code !== 'ER_NO_SUCH_TABLE') throw error
      await withTimeout(timeoutMs, execute(pooled, { sql: createTable, values: [] }, timeoutMs))
      return attempt()
    })
  }
  return {
    run,
    runAgain: <Result extends Answer>(statement: Statement) =>
      run<Result>(statement).catch((error: NodeJS.ErrnoException) => {
        if (!lostCodes.has(error.code ?? '')) throw error
        return run<Result>(statement)
      }),
    end: async () => (await import('./mysql-pool.ts')).endPool(connection),
  }
}

/** What `mysql2` and Node say of a connection that is gone. */
const lostCodes: ReadonlySet<string> = new Set(['PROTOCOL_CONNECTION_LOST', 'ECONNRESET', 'EPIPE'])

/** A connection whose statement failed or hangs is thrown away: nobody knows what it would answer next. */
const execute = async <Result extends Answer>(
  pool: Pool,
  { sql, values }: Statement,
  timeout: number,
): Promise<Result> => {
  const connection = await pool.getConnection()
  try {
    const [result] = await connection.query<Result>({ sql, values, timeout })
    connection.release()
    return result
  } catch (error) {
    connection.destroy()
    throw error
  }
}

/** A table's name in backticks.
 *  @throws TypeError where it is no plain or `database.table` name */
export const quotedTable = (table: string): string => {
  if (!/^[A-Za-z_]\w{0,63}(\.[A-Za-z_]\w{0,63})?$/.test(table)) throw new TypeError(`'${table}' is no name of a table`)
  return table.replaceAll(/\w+/g, '`$&`')
}

/** SQL with a place for each value. Names of columns are ours; nothing from outside is ever part of the text. */
export interface Statement {
  readonly sql: string
  readonly values: Value[]
}

type Value = string | number | boolean | null
