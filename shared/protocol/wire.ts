import type { JsonObject } from '../runtime/json.ts'
import type { Call } from './call.ts'
import type { Target } from './route.ts'
import type { OtherUnits, Usage } from './usage.ts'

/** A wire that is no chat: how a call is put to a provider, and how its responses become one reply. */
export interface Wire {
  /** Checks the fields of a call and finds its texts.
   *  @throws invalid_value, missing_required_parameter, unsupported_parameter (400, with `param`) */
  readonly prepare: (call: Call) => { readonly call: Call; readonly texts: readonly WireText[] }
  /** The requests that a target gets for a call; at least one.
   *  @throws invalid_value (400, with `param`) if the target's provider cannot take the call */
  readonly toRequests: (call: Call, target: Target) => readonly WireRequest[]
  /** Whether a provider's document is a response of this wire. */
  readonly isResponse: (response: JsonObject) => boolean
  /** Reads the usage of a response. Returns undefined if it states none that can be true. */
  readonly readUsage: (response: JsonObject) => Usage | undefined
  /** Reads the units that the responses state beside tokens. */
  readonly readUnits?: (responses: readonly JsonObject[]) => OtherUnits
  /** Makes the reply of the responses, which are in the order of the requests. Its `usage` is added later.
   *  @throws upstream_error (502), invalid_value (400, with `param`) if the responses do not fit the request */
  readonly toReply: (responses: readonly JsonObject[], call: Call, target: Target) => JsonObject
}

/** A part of the prompt, as the provider reads it. */
export interface WireText {
  /** A text, a list of texts, or tokens. */
  readonly content: unknown
  /** How many times the provider reads it. */
  readonly times: number
}

/** A request to a provider, without the target's own name of the model and its default fields. */
export interface WireRequest {
  /** The path below the base URL. */
  readonly path: string
  /** A base URL at the target's own host. Default: the target's. */
  readonly apiBase?: string | undefined
  readonly body: JsonObject
}
