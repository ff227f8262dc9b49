import type { ResultSetHeader, RowDataPacket } from 'mysql2/promise'
import type { SqlValue } from './format-sql.ts'
import type { PoolOptions } from './mysql-pool.ts'

/** SQL with a placeholder for each value. Column names are ours. Text from outside is never part of the SQL. */
export interface Statement {
  readonly sql: string
  readonly values: SqlValue[]
}

/** The database, and how statements are run on it. */
export interface MysqlOptions extends PoolOptions {
  /** The statements that mend a failure, by its code, such as `ER_NO_SUCH_TABLE`. The failed statement runs again after them. What
   *  the database refuses of them changes nothing: then the statement fails once more. */
  readonly repairs?: Readonly<Record<string, readonly string[]>>
  /** The timeout of a statement in milliseconds, and that of connecting. Default 1,500. */
  readonly timeoutMs?: number | undefined
}

type MysqlResult = ResultSetHeader | RowDataPacket[]

/** Runs statements on the project's MySQL. `timeoutMs` is the timeout of one statement; default: that of the options. */
export interface Mysql {
  /** Runs a statement, and once more after a repair. Rejects if the connection is lost. */
  readonly run: <Result extends MysqlResult>(statement: Statement, timeoutMs?: number) => Promise<Result>
  /** Runs a statement that may run twice: tries again on a new connection if the first one is lost, as happens while an
   *  instance is frozen, or if a kept one does not respond. Not for a change whose result counts, unless the change can
   *  be recognised afterwards: the second run would find nothing to change. */
  readonly runAgain: <Result extends MysqlResult>(statement: Statement, timeoutMs?: number) => Promise<Result>
  /** Closes the pool, which all users of the same login share. The next statement opens a new one. */
  readonly end: () => Promise<void>
}

const defaultTimeoutMs = 1_500

/** Creates a runner of statements. Nothing is loaded or connected before the first statement. */
export const createMysql = (options: MysqlOptions): Mysql => {
  const { repairs = {}, timeoutMs: usualTimeoutMs = defaultTimeoutMs } = options
  const createRunner = (isRepeatable: boolean): Mysql['run'] => {
    const runOnce = async <Result extends MysqlResult>({ sql, values }: Statement, timeoutMs: number) => {
      const { withConnection } = await import('./mysql-pool.ts')
      const work = { ...options, timeoutMs, isRepeatable }
      const [result] = await withConnection(work, (connection) => connection.query<Result>({ sql, values }))
      return result
    }
    return <Result extends MysqlResult>(statement: Statement, timeoutMs = usualTimeoutMs): Promise<Result> =>
      runOnce<Result>(statement, timeoutMs).catch(async (error: NodeJS.ErrnoException) => {
        const repair = repairs[error.code ?? '']
        if (!repair) throw error
        for (const sql of repair) await runOnce({ sql, values: [] }, usualTimeoutMs).catch(() => undefined)
        return runOnce<Result>(statement, timeoutMs)
      })
  }
  return {
    run: createRunner(false),
    runAgain: createRunner(true),
    end: async () => (await import('./mysql-pool.ts')).endPool(options.login),
  }
}

/** Quotes a table name.
 *  @throws TypeError unless it is `table` or `database.table` */
export const quoteTable = (table: string): string => {
  if (!tableNamePattern.test(table)) throw new TypeError(`'${table}' is not a table name.`)
  return table.replaceAll(/\w+/g, '`$&`')
}

/** A table name: `table` or `database.table`. A name cannot be a value of a statement, so only these characters are
 *  allowed. */
export const tableNamePattern = /^(?:(?<database>[A-Za-z_][A-Za-z0-9_]{0,63})\.)?(?<table>[A-Za-z_][A-Za-z0-9_]{0,63})$/
