import type { Connection } from 'mysql2'
import type { Pool, PoolConnection } from 'mysql2/promise'
import { once } from '../runtime/memoize.ts'
import type { MysqlLogin, SslMode } from './mysql.ts'

export interface PoolOptions {
  readonly login: MysqlLogin
  /** 0 closes all connections when none is in use; otherwise they stay open. */
  readonly poolMin: number
  /** The most connections that an instance holds. */
  readonly poolMax: number
}

interface OpenPool {
  readonly pool: Pool
  /** Connections in use. */
  active: number
}

const connectTimeoutMs = 2_000

const loadDriver = once(() => import('mysql2/promise'))

/** One pool for each login: the model map, records and limits share it, so `MYSQL_POOL_MAX` is what an instance holds. Import this
 *  file with `await import()` only, so that it is bundled once. */
const pools = new Map<string, OpenPool>()

const getKey = (login: MysqlLogin): string => JSON.stringify(login)

const getPool = async ({ login, poolMax }: PoolOptions): Promise<OpenPool> => {
  const { createPool } = await loadDriver()
  const known = pools.get(getKey(login))
  if (known) return known
  const { host, port, user, password, database, sslMode } = login
  const ssl = toSslOption(sslMode)
  const pool = createPool({
    ...{ host, port, user, password, database },
    ...(ssl && { ssl }),
    connectTimeout: connectTimeoutMs,
    connectionLimit: poolMax,
    maxIdle: poolMax,
    dateStrings: true,
    multipleStatements: false,
  })
  pool.pool.on('connection', (fresh: object) => enableBackslashEscapes(fresh as Connection))
  const opened = { pool, active: 0 }
  pools.set(getKey(login), opened)
  return opened
}

/** Returns the `ssl` option of `mysql2` for a mode; undefined for an unencrypted connection. */
export const toSslOption = (
  mode: SslMode,
): { readonly rejectUnauthorized: boolean; readonly verifyIdentity: boolean } | undefined =>
  mode === 'disabled'
    ? undefined
    : { rejectUnauthorized: mode !== 'required', verifyIdentity: mode === 'verify_identity' }

/** Runs work on a connection of the pool. The connection is closed if the work fails, because what it would answer next is
 *  unknown. */
export const withConnection = async <Result>(
  options: PoolOptions,
  work: (connection: PoolConnection) => Promise<Result>,
): Promise<Result> => {
  const opened = await getPool(options)
  opened.active += 1
  try {
    const connection = await opened.pool.getConnection()
    try {
      const result = await work(connection)
      connection.release()
      return result
    } catch (error) {
      connection.destroy()
      throw error
    }
  } finally {
    opened.active -= 1
    if (options.poolMin === 0 && opened.active === 0) await endPool(options)
  }
}

/** Closes a pool. */
export const endPool = async ({ login }: Pick<PoolOptions, 'login'>): Promise<void> => {
  const opened = pools.get(getKey(login))
  pools.delete(getKey(login))
  await opened?.pool.end().catch(() => undefined)
}

/** `mysql2` escapes quotes in values with backslashes. With the SQL mode `NO_BACKSLASH_ESCAPES` (MySQL Reference Manual, "Server SQL
 *  Modes") the server ignores them, and text of a client could end the string: SQL injection. The mode is removed first, on every
 *  connection: a server may set it by `init_connect`, which the greeting does not show. A connection that cannot is closed. */
const enableBackslashEscapes = (fresh: Connection): void => {
  fresh.query("SET SESSION sql_mode = REPLACE(@@SESSION.sql_mode, 'NO_BACKSLASH_ESCAPES', '')", (error) => {
    if (error) fresh.destroy()
  })
}
