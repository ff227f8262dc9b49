import type { Writable } from 'node:stream'
import type { GatewayError } from '../../protocol/errors.ts'
import type { Usage } from '../../protocol/usage.ts'
import { type Outcome, toOutcome } from '../../protocol/usage.ts'
import type { ChunkStream } from './chunk-stream.ts'

/** The end of a stream: what happened, what it cost, and what the client still has to be told. */
export interface StreamResult {
  readonly outcome: Outcome
  /** The usage the provider stated; undefined when it stated none that covers the answer. */
  readonly usage: Usage | undefined
  /** The usage chunk for the client; empty when it asked for none. It tells the usage that was counted where the provider
   *  stated none. */
  readonly usageChunk: (counted: Usage) => string
  /** Why the stream ended early; undefined when it is complete. */
  readonly error: GatewayError | undefined
}

/** An answer in events, the first of which has come. */
export interface StreamExchange {
  readonly kind: 'stream'
  /** Writes the events to the client until the stream is over; the client's connection is left open. `onWrite` hears of
   *  every write. */
  readonly pipeTo: (response: Writable, onWrite?: () => void) => Promise<StreamResult>
}

/** The end of a stream that showed these chunks, whole or with an error. */
export const toStreamResult = (chunks: ChunkStream | undefined, error: GatewayError | undefined): StreamResult => ({
  outcome: error ? toOutcome(error.code) : 'complete',
  usage: chunks?.billableUsage,
  usageChunk: (counted) => chunks?.usageChunk(counted) ?? '',
  error,
})
