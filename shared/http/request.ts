import type { IncomingHttpHeaders, IncomingMessage } from 'node:http'
import type { Writable } from 'node:stream'
import type { CancelSignal } from '../runtime/cancellation.ts'
import type { LogFields } from '../runtime/log.ts'
import type { Timing } from './timing.ts'

/** A request as the pipelines see it. */
export interface Request {
  /** Made by this server; the `x-request-id` of the reply and the id of the usage record. */
  readonly id: string
  readonly method: string
  /** The path as it came, percent-encoding and all, without the query; the platform may have stripped a prefix from it. */
  readonly path: string
  /** What follows the question mark, undecoded; empty where there is none. */
  readonly query: string
  readonly headers: IncomingHttpHeaders
  /** The message itself, whose body is still to be read (`http/read-body.ts`). */
  readonly message: IncomingMessage
  /** Aborts when the client leaves before its reply is complete. */
  readonly signal: CancelSignal
  /** Facts for the request's one log line; the pipelines add to it. Never a token, key, prompt or answer. */
  readonly log: LogFields
  /** The pipelines mark the end of each phase. */
  readonly timing: Timing
}

/** A reply: a whole body, or a function that writes the body, ends it, and resolves when there is nothing left to do. */
export interface Reply {
  readonly status: number
  readonly headers?: Readonly<Record<string, string>>
  readonly body: string | Buffer | ((response: Writable) => Promise<void>)
}

/** What an endpoint does: one request in, one reply out. Anything thrown becomes an error reply. */
export type Handler = (request: Request) => Promise<Reply>

/** A reply of JSON. */
export const jsonReply = (body: unknown, status = 200): Reply => ({
  status,
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify(body),
})
