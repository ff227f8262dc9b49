import type { Server } from 'node:http'
import type { LogFields } from '../protocol/log.ts'

/** The stretches of a request's time, in the order in which they pass, in milliseconds. `queue_ms` is of the first request of an
 *  instance alone: how long the process took to be ready, which that request may have waited for. `route_ms` reads the call, looks
 *  at the model map and finds the route; `first_byte_ms` ends with the provider's first event, or with its whole answer where that
 *  is not streamed; `record_ms` writes and delivers the usage record. */
export const phases = ['queue_ms', 'auth_ms', 'body_ms', 'route_ms', 'first_byte_ms', 'stream_ms', 'record_ms'] as const

export type Phase = (typeof phases)[number]

/** Follows where a request's time goes. What it finds becomes part of the request's log line. */
export class Timing {
  /** Whether the reply tells it: the administrator asked. */
  shown = false
  private readonly log: LogFields
  private since = performance.now()

  constructor(log: LogFields) {
    this.log = log
  }

  /** Ends a phase that began with the end of the one before. */
  mark(phase: Phase): void {
    const now = performance.now()
    this.log[phase] = tenths(now - this.since)
    this.since = now
  }

  /** What is known by now as the value of a `Server-Timing` header (W3C, "Server Timing"). */
  header(): string {
    const known = phases.filter((phase) => this.log[phase] !== undefined)
    return known.map((phase) => `${phase.slice(0, -'_ms'.length)};dur=${this.log[phase]}`).join(', ')
  }
}

const tenths = (milliseconds: number): number => Math.round(milliseconds * 10) / 10

/** Tells once, after a server has begun to listen, how long its process took until then, in milliseconds. */
export const startOf = (server: Server): (() => number | undefined) => {
  let startMs: number | undefined
  server.once('listening', () => {
    startMs = tenths(performance.now())
  })
  return () => {
    const told = startMs
    startMs = undefined
    return told
  }
}
