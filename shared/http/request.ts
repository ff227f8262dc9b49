import type { IncomingHttpHeaders } from 'node:http'
import type { Writable } from 'node:stream'
import type { CancelSignal } from '../protocol/cancellation.ts'
import type { GatewayError } from '../protocol/errors.ts'
import type { LogFields } from '../protocol/log.ts'
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
  /** Aborts when the client leaves before its reply is complete. */
  readonly signal: CancelSignal
  /** What is wrong with the message itself, whatever it asks for. */
  readonly fault: GatewayError | undefined
  /** Reads the whole body, which is UTF-8.
   *  @throws request_too_large (413), unsupported_encoding (415), invalid_json, client_gone (400) */
  readonly body: () => Promise<Buffer>
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
