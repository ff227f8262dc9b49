import type { JsonObject } from '../runtime/json.ts'

/** Where the requests for a model go: one validated entry of the model map. */
export interface Route {
  /** The name clients use. */
  readonly model: string
  /** A provider preset's name, lower case; `openai` is the generic OpenAI-shaped one. */
  readonly provider: string
  /** Base URL up to and including the version path, without a trailing slash; Azure's `api-version` is its query. */
  readonly apiBase: string
  /** The provider key; undefined if the provider needs none. */
  readonly apiKey: string | undefined
  /** The provider's name of the model. */
  readonly upstreamModel: string
  /** How prompts are sent: `native` posts them to `/completions`, `chat` converts them to a chat, `auto` tries `native`
   *  first. */
  readonly completionsMode: 'auto' | 'native' | 'chat'
  /** Whether `stream_options` asks for usage: `auto` as the preset defines, `force` always, `off` never. */
  readonly streamUsage: 'auto' | 'force' | 'off'
  /** Body fields that are set if the client did not send them. */
  readonly defaultParams: JsonObject
  /** Body fields that are never sent to this provider. */
  readonly dropParams: readonly string[]
  /** The upper bound of `max_tokens` and `max_completion_tokens`; undefined: the provider's own. */
  readonly maxTokens: number | undefined
  /** Groups and roles whose members may use the model; undefined: all users may, empty: no user may. */
  readonly allowedGroups: readonly string[] | undefined
  /** Prices in yuan per million tokens, as decimal strings; undefined: points are counted by tokens. */
  readonly prices: Prices | undefined
}

/** Prices in yuan per million tokens, exact decimal strings such as `"0.8"`. */
export interface Prices {
  readonly input: string
  readonly output: string
  /** The price of cached input tokens; undefined: the input price. */
  readonly cache: string | undefined
}
