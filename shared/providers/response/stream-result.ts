import type { Writable } from 'node:stream'
import type { GatewayError } from '../../protocol/errors.ts'
import { type Outcome, toOutcome, type Usage } from '../../protocol/usage.ts'
import type { JsonObject } from '../../runtime/json.ts'
import type { ChunkStream } from './chunk-stream.ts'

/** The end of a stream: its outcome, its usage, and the last chunk for the client. */
export interface StreamResult {
  readonly outcome: Outcome
  /** The usage that the provider stated; undefined if it stated none that covers the response. */
  readonly usage: Usage | undefined
  /** The usage chunk for the client; empty if the client asked for none. It has the `counted` usage if the provider
   *  stated none, and the fields of `more`. */
  readonly usageChunk: (counted: Usage, more?: JsonObject) => string
  /** Why the stream ended early; undefined if it is complete. */
  readonly error: GatewayError | undefined
}

/** A response in events, of which the first has come. */
export interface StreamExchange {
  readonly kind: 'stream'
  /** Writes the events to the client until the stream is over. The client's connection stays open. `onWrite` is called
   *  before every write. */
  readonly pipeTo: (response: Writable, onWrite?: () => void) => Promise<StreamResult>
}

/** The result of a stream with these chunks, complete or with an error. */
export const toStreamResult = (chunks: ChunkStream | undefined, error: GatewayError | undefined): StreamResult => ({
  outcome: error ? toOutcome(error.code) : 'complete',
  usage: chunks?.billableUsage,
  usageChunk: (counted, more) => chunks?.usageChunk(counted, more) ?? '',
  error,
})
