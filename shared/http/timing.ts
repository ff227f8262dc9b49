import type { Server } from 'node:http'
import type { LogFields } from '../runtime/log.ts'

/** The phases of a request in their order, in milliseconds. `queue_ms` belongs only to the first request of an
 *  instance: the start of the process, for which that request may have waited. In `route_ms` the gateway parses the
 *  call, reads the model map, finds the route and takes a slot of the rate limits. `first_byte_ms` ends with the
 *  provider's first event, or with its whole response if that is not streamed. In `record_ms` the usage record is
 *  written and delivered. */
export type Phase = (typeof phases)[number]

const phases = ['queue_ms', 'auth_ms', 'body_ms', 'route_ms', 'first_byte_ms', 'stream_ms', 'record_ms'] as const

/** Measures the phases of a request, for its log line. */
export interface Timing {
  /** Ends `auth_ms`. Only the administrator gets the header `Server-Timing`. */
  readonly markAuthenticated: (isAdministrator: boolean) => void
  /** Ends a phase. It began when the phase before it ended. */
  readonly mark: (phase: Phase) => void
  /** Returns the value of the header `Server-Timing`; undefined unless the administrator sent the request. */
  readonly toHeader: () => string | undefined
}

/** Starts measuring a request. Writes to the fields of its log line. */
export const createTiming = (fields: LogFields): Timing => {
  let phaseStart = performance.now()
  let isForAdministrator = false
  const mark = (phase: Phase): void => {
    const now = performance.now()
    fields[phase] = roundToTenths(now - phaseStart)
    phaseStart = now
  }
  return {
    markAuthenticated: (isAdministrator) => {
      isForAdministrator = isAdministrator
      mark('auth_ms')
    },
    mark,
    toHeader: () => (isForAdministrator ? formatServerTiming(fields) : undefined),
  }
}

/** Formats the phases that have ended (W3C, "Server Timing"). */
const formatServerTiming = (fields: LogFields): string =>
  phases
    .filter((name) => fields[name] !== undefined)
    .map((name) => `${name.slice(0, -3)};dur=${fields[name]}`)
    .join(', ')

const roundToTenths = (milliseconds: number): number => Math.round(milliseconds * 10) / 10

/** Returns a function that returns `queue_ms`, the time from the start of the process until it listened, for the first
 *  request, and undefined for the others. */
export const createQueueTimer = (server: Server): (() => number | undefined) => {
  let first: number | undefined
  server.once('listening', () => {
    first = roundToTenths(performance.now())
  })
  return () => {
    const queueMs = first
    first = undefined
    return queueMs
  }
}
