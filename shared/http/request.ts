import type { IncomingHttpHeaders, IncomingMessage } from 'node:http'
import type { Writable } from 'node:stream'
import type { CancelSignal } from '../runtime/cancellation.ts'
import type { LogFields } from '../runtime/log.ts'
import type { Timing } from './timing.ts'

/** A request, as the pipelines see it. */
export interface Request {
  /** Made by this server: the `x-request-id` of the reply and the id of the usage record. */
  readonly id: string
  readonly method: string
  /** The path as received, still percent-encoded, without the query. The platform may have removed a prefix. */
  readonly path: string
  /** The text after the question mark, not decoded; empty if there is none. */
  readonly query: string
  readonly headers: IncomingHttpHeaders
  /** The message itself. Its body is not read yet (`http/read-body.ts`). */
  readonly message: IncomingMessage
  /** Aborts if the client leaves before its reply is complete. */
  readonly signal: CancelSignal
  /** Adds fields to the one log line of the request. Never a token, key, prompt or response text. */
  readonly annotate: (fields: LogFields) => void
  /** The pipelines mark the end of each phase here. */
  readonly timing: Timing
}

/** A reply. Its body is whole, or a function that writes the body, ends it, and resolves when all work is done. */
export interface Reply {
  readonly status: number
  readonly headers?: Readonly<Record<string, string>>
  readonly body: string | Buffer | ((response: Writable) => Promise<void>)
}

/** The work of an endpoint: one request in, one reply out. Anything thrown becomes an error reply. */
export type Handler = (request: Request) => Promise<Reply>

/** Creates a reply with a JSON body. */
export const jsonReply = (body: unknown, status = 200): Reply => ({
  status,
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify(body),
})
