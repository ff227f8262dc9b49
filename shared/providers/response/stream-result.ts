import type { Writable } from 'node:stream'
import type { GatewayError, OpenAIError } from '../../protocol/errors.ts'
import type { FailureFacts, StreamWriter } from '../../protocol/reply-writer.ts'
import { formatSseEvent } from '../../protocol/sse.ts'
import { type Outcome, toOutcome, type Usage } from '../../protocol/usage.ts'
import type { JsonObject } from '../../runtime/json.ts'

/** The end of a stream: its outcome, its usage, and the last events for the client. */
export interface StreamResult {
  readonly outcome: Outcome
  /** The usage that the provider stated; undefined if it stated none that covers the response. */
  readonly usage: Usage | undefined
  /** The events that end a complete stream. Their usage is the `counted` one if the provider stated none, and has the
   *  fields of `more` beside it. */
  readonly writeEnd: (counted: Usage, more?: JsonObject) => string
  /** The events that end a stream which failed. */
  readonly writeError: (error: OpenAIError, facts: FailureFacts) => string
  /** Why the stream ended early; undefined if it is complete. */
  readonly error: GatewayError | undefined
}

/** A response in events, of which the first has come. */
export interface StreamExchange {
  readonly kind: 'stream'
  /** The writer of the client's wire, if that is none of OpenAI's chunks. */
  readonly writer?: StreamWriter | undefined
  /** Writes the events to the client until the stream is over. The client's connection stays open. `onWrite` is called
   *  before every write. */
  readonly pipeTo: (response: Writable, onWrite?: () => void) => Promise<StreamResult>
}

/** The parts of a reader that remain when its stream is over. */
interface EndedStream extends Pick<StreamResult, 'writeEnd'> {
  readonly billableUsage: Usage | undefined
  /** The writer of the client's wire, if that is none of OpenAI's chunks. */
  readonly writer: StreamWriter | undefined
}

/** The result of a stream, complete or with an error. */
export const toStreamResult = (ended: EndedStream, error: GatewayError | undefined): StreamResult => ({
  outcome: error ? toOutcome(error.code) : 'complete',
  usage: ended.billableUsage,
  writeEnd: (counted, more) => ended.writeEnd(counted, more),
  writeError: (shown, facts) => ended.writer?.fail(shown, facts) ?? formatSseEvent({ error: shown }),
  error,
})
