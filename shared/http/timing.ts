import type { Server } from 'node:http'
import type { LogFields } from '../runtime/log.ts'

/** The stretches of a request's time, in the order in which they pass, in milliseconds. `queue_ms` is of the first request of an
 *  instance alone: how long the process took to be ready, which that request may have waited for. `route_ms` reads the call, looks
 *  at the model map, finds the route and takes a place among the user's; `first_byte_ms` ends with the provider's first event, or with its whole answer where that
 *  is not streamed; `record_ms` writes and delivers the usage record. */
export type Phase = 'queue_ms' | 'auth_ms' | 'body_ms' | 'route_ms' | 'first_byte_ms' | 'stream_ms' | 'record_ms'

/** Follows where a request's time goes. What it finds becomes part of the request's log line. */
export interface Timing {
  /** Whether the reply tells it. */
  readonly isShown: () => boolean
  /** Ends `auth_ms`: it is known who asks, and the administrator is shown the timing. */
  readonly markAuthenticated: (isAdministrator: boolean) => void
  /** Ends a phase, which began with the end of the one before. */
  readonly mark: (phase: Phase) => void
}

/** Begins with the request, and writes to the fields of its log line. */
export const createTiming = (log: LogFields): Timing => {
  let since = performance.now()
  let shown = false
  const mark = (phase: Phase): void => {
    const now = performance.now()
    log[phase] = roundToTenths(now - since)
    since = now
  }
  return {
    isShown: () => shown,
    markAuthenticated: (isAdministrator) => {
      shown = isAdministrator
      mark('auth_ms')
    },
    mark,
  }
}

/** What a request's log line knows of times by now, as the value of a `Server-Timing` header (W3C, "Server Timing"). */
export const formatServerTiming = (log: LogFields): string =>
  Object.keys(log)
    .filter((field) => field.endsWith('_ms') && log[field] !== undefined)
    .map((field) => `${field.slice(0, -3)};dur=${log[field]}`)
    .join(', ')

const roundToTenths = (milliseconds: number): number => Math.round(milliseconds * 10) / 10

/** Begins the log lines of a server's requests: the first tells how long the process took until it listened. */
export const createFirstLogFields = (server: Server): (() => LogFields) => {
  let first: LogFields = {}
  server.once('listening', () => {
    first = { queue_ms: roundToTenths(performance.now()) }
  })
  return () => {
    const fields = first
    first = {}
    return fields
  }
}
