import type { Pool } from 'mysql2/promise'
import { storeTimeoutMs } from './usage-store.ts'

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

const pools = new WeakMap<MysqlConnection, Promise<Pool>>()

/** The pool of a connection, made with `mysql2` on first use. Whoever has the same connection gets the same pool, so that
 *  `poolMax` is what an instance holds; for that this file is always imported with `await import()`: it is bundled once. */
export const poolOf = (connection: MysqlConnection, poolMax: number): Promise<Pool> => {
  const pool = pools.get(connection) ?? connect(connection, poolMax)
  pools.set(connection, pool)
  return pool
}

/** Lets go of a connection's pool. */
export const endPool = async (connection: MysqlConnection): Promise<void> => {
  const pool = pools.get(connection)
  pools.delete(connection)
  await (await pool)?.end()
}

const connect = async (
  { host, port, user, password, database, ssl }: MysqlConnection,
  poolMax: number,
): Promise<Pool> => {
  const { createPool } = await import('mysql2/promise')
  return createPool({
    ...{ host, port, user, password, database },
    ...(ssl && { ssl }),
    connectTimeout: storeTimeoutMs,
    connectionLimit: poolMax,
    multipleStatements: false,
  })
}
