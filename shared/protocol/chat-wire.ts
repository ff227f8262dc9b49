import type { JsonObject } from '../runtime/json.ts'
import type { Redactor } from '../runtime/redactor.ts'
import type { Call } from './call.ts'
import type { GatewayError } from './errors.ts'
import type { ReplyWriter } from './reply-writer.ts'
import type { Target } from './route.ts'
import type { Usage } from './usage.ts'

/** The headers of a request, in lower case. */
export type WireHeaders = Readonly<Record<string, string | readonly string[] | undefined>>

/** A wire whose calls are chats in other words. */
export interface ChatWire {
  /** Turns a call into a chat: `operation` is `chat/completions`, `endpoint` is the wire's own, `original` is the request.
   *  @throws invalid_value, missing_required_parameter (400, with `param`) if no provider can understand the request */
  readonly toChat: (call: Call, headers: WireHeaders) => Call
  /** The body of that chat, without the checks of what only a reply needs: for those who count its tokens. */
  readonly toChatBody: (call: Call) => JsonObject
  /** Creates the writer of the reply.
   *  @param promptTokens estimates the prompt, for wires whose streams begin with it */
  readonly createReply: (call: Call, promptTokens: () => number) => ReplyWriter
  /** Creates the body of an error reply. */
  readonly toErrorBody: (error: GatewayError, requestId: string, redactor: Redactor) => JsonObject
  /** How providers are called that speak the wire themselves. Undefined: all are called as chats. */
  readonly native?: NativeWire
}

/** A wire that some providers speak themselves. They get the client's request, and the client gets their response. */
export interface NativeWire {
  /** Finds the address of the wire at a target. Returns undefined if the target is called as a chat. */
  readonly findAddress: (target: Target) => NativeAddress | undefined
  /** Creates the body for a target: the client's own, with the target's name of the model and its caps. */
  readonly toBody: (call: Call, target: Target) => JsonObject
  /** Whether a document is a response of the wire. */
  readonly isResponse: (document: JsonObject) => boolean
  /** Reads a whole response. */
  readonly readResponse: (response: JsonObject) => NativeReading
  /** Creates the reader of one stream. */
  readonly createReader: () => NativeReader
  /** Returns a response or an event under the client's name of the model; the same one if it names no model. */
  readonly rename: (fields: JsonObject, model: string) => JsonObject
}

/** The address of a wire at a provider. */
export interface NativeAddress {
  readonly url: string
  /** The headers that carry the key. `authorization` carries it as a bearer token. */
  readonly keyHeaders: readonly ('authorization' | 'x-api-key')[]
  /** Headers that each request to the address has if the client sends none of the name. */
  readonly headers: Readonly<Record<string, string>>
  /** Whether the operator named it. One that is only known for the provider may lack a model: a chat is tried then. */
  readonly isConfigured: boolean
}

/** The facts that a response, or an event of a stream, states. */
export interface NativeReading {
  /** The text that the model has made, in all its kinds. */
  readonly text: string
  /** The usage of the whole call; undefined if it is not stated, or not final. */
  readonly usage: Usage | undefined
}

/** Follows the events of one stream. */
export interface NativeReader {
  readonly read: (event: JsonObject) => NativeReading & {
    /** `opening`: nothing of the model's own yet. `end`: the last event, which the client gets when the call is recorded. */
    readonly place: 'opening' | 'middle' | 'end'
    /** The provider's error, if the event says that the response failed. */
    readonly error?: unknown
  }
}
