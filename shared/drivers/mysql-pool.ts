import type { PoolConnection } from 'mysql2/promise'
import { once } from '../runtime/memoize.ts'
import { withTimeout } from '../runtime/timeout.ts'
import { createConnectionAges } from './connection-ages.ts'
import { formatSql } from './format-sql.ts'
import { LostConnectionError, type OpenPool, useConnection } from './mysql-connection.ts'
import { type MysqlLogin, toSslOption } from './mysql-login.ts'

/** How many connections to a database an instance may hold. */
export interface PoolOptions {
  readonly login: MysqlLogin
  /** 0 closes all connections when none is in use; otherwise they stay open. */
  readonly poolMin: number
  /** The most connections at a time. */
  readonly poolMax: number
}

/** How work is run. */
export interface WorkOptions extends PoolOptions {
  /** The timeout of the work in milliseconds, and that of connecting. */
  readonly timeoutMs: number
  /** Whether the work runs again, on a new connection, if its connection is lost. */
  readonly isRepeatable: boolean
}

const connectTimeoutMs = 2_000

/** How long an idle connection is used again, in milliseconds. Firewalls and load balancers drop idle connections
 *  without a word after minutes. */
const maxConnectionIdleMs = 60_000

/** The longest wait for connections to close, in milliseconds. */
const maxCloseMs = 1_000

const loadDriver = once(() => import('mysql2/promise'))

/** One pool per login: the model map, records and limits share it, so an instance holds at most `MYSQL_POOL_MAX`
 *  connections. Import this file with `await import()` only, so that it is bundled once. */
const pools = new Map<string, OpenPool>()

const getKey = (login: MysqlLogin): string => JSON.stringify(login)

/** Runs work on a connection of the pool. If the work fails, the connection is closed: its next reply could belong to
 *  the failed statement. If the connection is lost, or if one that was kept does not respond in time, all idle
 *  connections are closed before the next work. */
export const withConnection = async <Result>(
  options: WorkOptions,
  work: (connection: PoolConnection) => Promise<Result>,
): Promise<Result> => {
  const { createPool } = await loadDriver()
  // No `await` before the work is counted, or the end of other work could close the pool in between.
  const opened = pools.get(getKey(options.login)) ?? openPool(createPool, options)
  opened.active += 1
  try {
    return await useConnection(opened, options.timeoutMs, work).catch((error: unknown) => {
      if (!(error instanceof LostConnectionError)) throw error
      if (!options.isRepeatable) throw error.cause
      return useConnection(opened, options.timeoutMs, work)
    })
  } catch (error) {
    throw error instanceof LostConnectionError ? error.cause : error
  } finally {
    opened.active -= 1
    if (options.poolMin === 0 && opened.active === 0) await closePool(options.login, opened)
  }
}

const openPool = (
  createPool: typeof import('mysql2/promise').createPool,
  { login, poolMax }: PoolOptions,
): OpenPool => {
  const { sslMode, host, port, user, password, database } = login
  const ssl = toSslOption(sslMode)
  const pool = createPool({
    ...{ host, port, user, password, database },
    ...(ssl && { ssl }),
    connectTimeout: connectTimeoutMs,
    connectionLimit: poolMax,
    maxIdle: poolMax,
    dateStrings: true,
    multipleStatements: false,
    queryFormat: formatSql,
  })
  const opened = {
    pool,
    ages: createConnectionAges(maxConnectionIdleMs),
    active: 0,
    succeededAt: Number.NEGATIVE_INFINITY,
  }
  pools.set(getKey(login), opened)
  return opened
}

/** Closes the pool of a login. The next work opens a new one. */
export const endPool = async (login: MysqlLogin): Promise<void> => {
  const opened = pools.get(getKey(login))
  if (opened) await closePool(login, opened)
}

const closePool = async (login: MysqlLogin, opened: OpenPool): Promise<void> => {
  if (pools.get(getKey(login)) === opened) pools.delete(getKey(login))
  // A dead connection never confirms its end.
  await withTimeout(maxCloseMs, opened.pool.end()).catch(() => undefined)
}
