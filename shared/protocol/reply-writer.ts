import type { JsonObject } from '../runtime/json.ts'
import type { OpenAIError } from './errors.ts'
import type { Usage } from './usage.ts'

/** Writes the reply to a chat for a client of another wire, such as Anthropic's. A wire makes it when it turns a client's
 *  request into a chat (`Call.reply`). To everything else (providers, fallbacks, usage, records) the call is a chat. */
export interface ReplyWriter {
  /** Translates a whole response, which is in the normal form of `ChatCompletion`.
   *  @param usage the usage that counts, with the details that the provider stated */
  readonly writeWhole: (response: JsonObject, usage: Usage) => JsonObject
  /** Creates the writer of one stream. Each attempt at a provider gets its own, so a writer may have state. */
  readonly createStream: () => StreamWriter
}

/** Writes the events of one stream. Every method returns text in SSE form, ready for the client. */
export interface StreamWriter {
  /** Translates a chunk, which is in the normal form of `ChatCompletionChunk`: the role once, ids and names of tools once,
   *  `finish_reason` once, no usage. Returns an empty text if the client gets nothing of it yet. Until the first
   *  text, a failure is a reply with a status of its own, or is answered by another target. */
  readonly write: (chunk: JsonObject) => string
  /** Notes an event that the client got from a provider which speaks the wire itself, so that a failure fits the events
   *  before it. Undefined: a failure needs nothing of them. */
  readonly follow?: (event: JsonObject) => void
  /** What keeps a silent connection open. */
  readonly keepAlive: () => string
  /** The events that end a complete stream. They are sent when the call is recorded.
   *  @param usage the usage that counts, with the details that the provider stated
   *  @param more fields that belong beside the usage, such as `points` */
  readonly end: (usage: Usage, more: JsonObject) => string
  /** The events that end a stream which failed. It may have no events yet. */
  readonly fail: (error: OpenAIError, facts: FailureFacts) => string
}

/** Facts of a failure that a client gets beside the error itself. */
export interface FailureFacts {
  /** The status that the error has as a reply of its own. */
  readonly status: number
  readonly requestId: string
}
