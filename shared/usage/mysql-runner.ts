import type { Pool, ResultSetHeader, RowDataPacket } from 'mysql2/promise'
import type { Statement } from './usage-sql.ts'
import { storeTimeoutMs } from './usage-store.ts'
import { inTime } from './within.ts'

/** How to reach the database. */
export interface MysqlConnection {
  readonly host: string
  readonly port: number
  readonly user: string
  readonly password: string
  readonly database: string
  /** TLS; undefined: none. */
  readonly ssl?: { readonly rejectUnauthorized: boolean; readonly verifyIdentity: boolean } | undefined
}

export interface MysqlRunnerOptions {
  readonly connection: MysqlConnection
  /** Connections held at most. */
  readonly poolMax: number
  /** The statement that creates the table which the others are about. */
  readonly createTable: string
}

/** What a statement answers. */
type Answer = ResultSetHeader | RowDataPacket[]

/** Runs statements on the project's MySQL. */
export interface MysqlRunner {
  /** Runs a statement, a second time where the first finds that there is no table yet. A lost connection is for the caller. */
  readonly run: <Result extends Answer>(statement: Statement) => Promise<Result>
  /** Runs a statement that may run twice, a second time where its connection turns out to be lost: a pool finds out about one
   *  that was closed while the function slept when it uses it. A change that says what it did is not among them: its second run
   *  would say that there was nothing to change. */
  readonly runAgain: <Result extends Answer>(statement: Statement) => Promise<Result>
  /** Lets go of the connections. */
  readonly end: () => Promise<void>
}

/** Runners with the same connection share its pool: `MYSQL_POOL_MAX` is what an instance holds, whatever it keeps there. */
const pools = new WeakMap<MysqlConnection, Promise<Pool>>()

/** Runs statements about a table through `mysql2`, which is read on first use. */
export const mysqlRunner = (options: MysqlRunnerOptions): MysqlRunner => {
  const { connection, createTable } = options
  const pool = (): Promise<Pool> => {
    const pooling = pools.get(connection) ?? connect(options)
    pools.set(connection, pooling)
    return pooling
  }
  const run = async <Result extends Answer>(statement: Statement) => {
    const pooled = await pool()
    const attempt = () => inTime(storeTimeoutMs, execute<Result>(pooled, statement))
    return attempt().catch(async (error: NodeJS.ErrnoException) => {
      if (error.code !== 'ER_NO_SUCH_TABLE') throw error
      await inTime(storeTimeoutMs, execute(pooled, { sql: createTable, values: [] }))
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
    end: async () => {
      const pooling = pools.get(connection)
      pools.delete(connection)
      await (await pooling)?.end()
    },
  }
}

/** What `mysql2` and Node say of a connection that is gone. */
const lostCodes: ReadonlySet<string> = new Set(['PROTOCOL_CONNECTION_LOST', 'ECONNRESET', 'EPIPE'])

const connect = async ({ connection, poolMax }: MysqlRunnerOptions): Promise<Pool> => {
  const { createPool } = await import('mysql2/promise')
  const { host, port, user, password, database, ssl } = connection
  return createPool({
    ...{ host, port, user, password, database },
    ...(ssl && { ssl }),
    connectTimeout: storeTimeoutMs,
    connectionLimit: poolMax,
    multipleStatements: false,
  })
}

/** A connection whose statement failed or hangs is thrown away: nobody knows what it would answer next. */
const execute = async <Result extends Answer>(pool: Pool, { sql, values }: Statement): Promise<Result> => {
  const connection = await pool.getConnection()
  try {
    const [result] = await connection.query<Result>({ sql, values, timeout: storeTimeoutMs })
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
