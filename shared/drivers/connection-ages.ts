import { getElapsedMs, getMoment, type Moment } from '../runtime/clock.ts'

/** Finds kept connections that may be dead. A timer cannot do that: the platform suspends an instance between requests,
 *  and the request that resumes it would use the connection (docs/decisions/0045-idle-connections.md). */
export interface ConnectionAges {
  /** Notes that a connection has just worked and is idle now. */
  readonly markIdle: (connection: object) => void
  /** Whether a connection was used before. */
  readonly isKept: (connection: object) => boolean
  /** Whether a kept connection must not be used again: it was idle for too long, or another connection was lost or hangs
   *  since it last worked. */
  readonly isStale: (connection: object) => boolean
  /** Notes that a connection is lost. All connections that are idle now are stale: what ends one, such as a failover,
   *  often ends all. */
  readonly markLost: () => void
  /** Notes that work begins on a connection. The function it returns notes the end. */
  readonly startWork: () => () => void
}

/** How Node and `mysql2` report a connection that is lost. */
export const lostConnectionCodes: ReadonlySet<unknown> = new Set(['ECONNRESET', 'EPIPE', 'PROTOCOL_CONNECTION_LOST'])

/** Work without a result for this long counts as hanging, in milliseconds. It is shorter than the first try of a write
 *  of the usage ledger, so that the second try does not take another dead connection. */
const hangMs = 500

/** @param maxIdleMs how long an idle connection may be used again, in milliseconds */
export const createConnectionAges = (maxIdleMs: number, now: () => Moment = getMoment): ConnectionAges => {
  const idleSince = new WeakMap<object, Moment>()
  const running = new Set<{ readonly startedAt: number }>()
  let lostAt = Number.NEGATIVE_INFINITY
  const markHanging = (monotonic: number): void => {
    for (const { startedAt } of running) if (startedAt < monotonic - hangMs) lostAt = Math.max(lostAt, startedAt)
  }
  return {
    markIdle: (connection) => void idleSince.set(connection, now()),
    isKept: (connection) => idleSince.has(connection),
    isStale: (connection) => {
      const since = idleSince.get(connection)
      if (!since) return false
      const moment = now()
      markHanging(moment[0])
      return since[0] <= lostAt || getElapsedMs(since, moment) > maxIdleMs
    },
    markLost: () => {
      lostAt = now()[0]
    },
    startWork: () => {
      const work = { startedAt: now()[0] }
      running.add(work)
      return () => void running.delete(work)
    },
  }
}
