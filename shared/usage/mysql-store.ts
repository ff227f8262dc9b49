import type { Pool, ResultSetHeader, RowDataPacket } from 'mysql2/promise'
import type { Statement } from './usage-sql.ts'
import { findStatement, insertStatement, rowOf, totalsOf, totalsStatement, updateStatement } from './usage-sql.ts'
import { storeTimeoutMs, type UsageStore } from './usage-store.ts'
import { createUsageTable } from './usage-table.ts'
import { inTime } from './within.ts'

export interface MysqlStoreOptions {
  readonly connection: MysqlConnection
  /** A plain or `database.table` name. */
  readonly table: string
  /** Connections held at most. */
  readonly poolMax: number
}

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

/** Keeps rows in a table of the project's MySQL, through `mysql2`, which is read on first use. A missing table is created. */
export const mysqlStore = (options: MysqlStoreOptions): UsageStore => {
  const table = quoted(options.table)
  let pooling: Promise<Pool> | undefined

  /** Runs a statement, a second time where the first finds that there is no table yet. A lost connection is for the caller. */
  const run = async <Result extends ResultSetHeader | RowDataPacket[]>(statement: Statement): Promise<Result> => {
    pooling ??= connect(options)
    const pool = await pooling
    const attempt = () => inTime(storeTimeoutMs, execute<Result>(pool, statement))
    return attempt().catch(async (error: NodeJS.ErrnoException) => {
      if (error.code !== 'ER_NO_SUCH_TABLE') throw error
      await inTime(storeTimeoutMs, execute(pool, { sql: createUsageTable(table), values: [] }))
      return attempt()
    })
  }

  /** Runs a statement that may run twice, a second time where its connection turns out to be lost: a pool finds out about one
   *  that was closed while the function slept when it uses it. A change is not among them: its second run would say that there
   *  was nothing to change. */
  const runAgain = <Result extends ResultSetHeader | RowDataPacket[]>(statement: Statement): Promise<Result> =>
    run<Result>(statement).catch((error: NodeJS.ErrnoException) => {
      if (!lostCodes.has(error.code ?? '')) throw error
      return run<Result>(statement)
    })

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
      return row && rowOf(row)
    },
    find: async (query) => (await runAgain<RowDataPacket[]>(findStatement(table, query))).map(rowOf),
    totals: async (query) => {
      const rows = await runAgain<RowDataPacket[]>(totalsStatement(table, query))
      return rows.map((row) => totalsOf(row, query))
    },
    end: async () => {
      await (await pooling)?.end()
    },
  }
}

/** What `mysql2` and Node say of a connection that is gone. */
const lostCodes: ReadonlySet<string> = new Set(['PROTOCOL_CONNECTION_LOST', 'ECONNRESET', 'EPIPE'])

const connect = async ({ connection, poolMax }: MysqlStoreOptions): Promise<Pool> => {
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
const execute = async <Result extends ResultSetHeader | RowDataPacket[]>(
  pool: Pool,
  { sql, values }: Statement,
): Promise<Result> => {
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
const quoted = (table: string): string => {
  if (!/^[A-Za-z_]\w{0,63}(\.[A-Za-z_]\w{0,63})?$/.test(table)) throw new TypeError(`'${table}' is no name of a table`)
  return table.replaceAll(/\w+/g, '`$&`')
}
