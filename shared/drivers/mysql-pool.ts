import type { Connection } from 'mysql2'
import type { Pool } from 'mysql2/promise'
import { storeTimeoutMs } from '../usage/store/store.ts'

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

/** Lets go of a connection's pool, whose connections may never have stood. */
export const endPool = async (connection: MysqlConnection): Promise<void> => {
  const pool = pools.get(connection)
  pools.delete(connection)
  await (await pool)?.end().catch(() => undefined)
}

const connect = async (
  { host, port, user, password, database, ssl }: MysqlConnection,
  poolMax: number,
): Promise<Pool> => {
  const { createPool } = await import('mysql2/promise')
  const pool = createPool({
    ...{ host, port, user, password, database },
    ...(ssl && { ssl }),
    connectTimeout: storeTimeoutMs,
    connectionLimit: poolMax,
    multipleStatements: false,
  })
  pool.pool.on('connection', (fresh: object) => letBackslashesEscape(fresh as Connection & Greeted))
  return pool
}

/** What a server has said of itself when a connection was made (`mysql2` 3.24, which has no public name for it). */
interface Greeted {
  readonly _handshakePacket?: { readonly statusFlags?: number }
}

/** MySQL Internals, "Status Flags": `SERVER_STATUS_NO_BACKSLASH_ESCAPES`. */
const noBackslashEscapes = 0x0200

/** `mysql2` writes values into statements with backslashes before their quotes. A server on which a backslash escapes nothing (MySQL
 *  Reference Manual, "Server SQL Modes") would take such a quote for the value's end, and a text of a client's for what follows.
 *  This is the first statement on the connection. */
const letBackslashesEscape = (fresh: Connection & Greeted): void => {
  if (((fresh._handshakePacket?.statusFlags ?? 0) & noBackslashEscapes) === 0) return
  fresh.query("SET SESSION sql_mode = REPLACE(@@SESSION.sql_mode, 'NO_BACKSLASH_ESCAPES', '')", () => undefined)
}
