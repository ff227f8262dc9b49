import type { Pool, PoolConnection } from 'mysql2/promise'
import { settlesWithin, timeoutError, withTimeout } from '../runtime/timeout.ts'
import { type ConnectionAges, lostConnectionCodes } from './connection-ages.ts'

/** A pool and the state of its connections. */
export interface OpenPool {
  readonly pool: Pool
  readonly ages: ConnectionAges
  /** Pieces of work that use a connection or wait for one. */
  active: number
  /** When work last succeeded, by `performance.now()`. */
  succeededAt: number
}

/** The longest wait for a connection while other work succeeds, in milliseconds. */
const maxQueueMs = 10_000

/** The code of `mysql2` for a statement that takes too long. `ETIMEDOUT` is left for a database that cannot be
 *  reached. */
const statementTimeoutCode = 'PROTOCOL_SEQUENCE_TIMEOUT'

/** The connection was lost, so the work may run again on another one. The cause is the error of the driver. */
export class LostConnectionError extends Error {
  override readonly name = 'LostConnectionError'
}

/** Runs work on a connection. If the work fails, the connection is closed: its next reply could belong to the failed
 *  statement.
 *  @throws LostConnectionError if the connection is lost, or if a kept one does not respond in time */
export const useConnection = async <Result>(
  opened: OpenPool,
  timeoutMs: number,
  work: (connection: PoolConnection) => Promise<Result>,
): Promise<Result> => {
  const { ages } = opened
  const connection = await getConnection(opened, timeoutMs)
  const isKept = ages.isKept(connection.connection)
  const endWork = ages.startWork()
  try {
    const result = await withTimeout(timeoutMs, work(connection))
    opened.succeededAt = performance.now()
    ages.markIdle(connection.connection)
    connection.release()
    return result
  } catch (error) {
    connection.destroy()
    throw toWorkError(error as DriverError, isKept, ages)
  } finally {
    endWork()
  }
}

/** An error of `mysql2`. After a fatal one, the connection is of no use. */
type DriverError = NodeJS.ErrnoException & { readonly fatal?: boolean }

/** Only a kept connection that does not respond counts as lost: on a new one, the database itself is slow. */
const toWorkError = (error: DriverError, isKept: boolean, ages: ConnectionAges): Error => {
  const isTimeout = error.code === 'ETIMEDOUT' && !error.fatal
  if (isTimeout) error.code = statementTimeoutCode
  const isLost = error.fatal || lostConnectionCodes.has(error.code ?? '') || (isTimeout && isKept)
  if (!isLost) return error
  ages.markLost()
  return new LostConnectionError('The connection was lost.', { cause: error })
}

/** Returns a connection that is new or has worked a short time ago. Time in our own queue is not the database's: work
 *  waits as long as other work succeeds. Rejects with `ETIMEDOUT` if no work succeeds for `timeoutMs`. */
const getConnection = async (opened: OpenPool, timeoutMs: number): Promise<PoolConnection> => {
  const queuedUntil = performance.now() + maxQueueMs
  const getWaitMs = (): number => Math.min(opened.succeededAt + timeoutMs, queuedUntil) - performance.now()
  const taking = takeConnection(opened)
  for (let waitMs = timeoutMs; waitMs > 0; waitMs = getWaitMs()) if (await settlesWithin(waitMs, taking)) return taking
  // The connection comes too late for this work. It serves other work.
  taking.then(
    (connection) => connection.release(),
    () => undefined,
  )
  throw timeoutError(timeoutMs)
}

const takeConnection = async ({ pool, ages }: OpenPool): Promise<PoolConnection> => {
  for (;;) {
    const connection = await pool.getConnection().catch((error: DriverError) => {
      if (!lostConnectionCodes.has(error.code ?? '')) throw error
      throw new LostConnectionError('The connection was lost.', { cause: error })
    })
    if (!ages.isStale(connection.connection)) return connection
    connection.destroy()
  }
}
