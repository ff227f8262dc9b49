import type { JsonObject } from '../runtime/json.ts'

/** Where a model's requests go: one validated entry of the model map. */
export interface Route {
  /** The name clients use. */
  readonly model: string
  /** A provider preset's name, lower case; `openai` is the generic OpenAI-shaped one. */
  readonly provider: string
  /** Base URL up to and including the version path, without a trailing slash; Azure's `api-version` is its query. */
  readonly apiBase: string
  /** The provider key; undefined where the provider needs none. */
  readonly apiKey: string | undefined
  /** The name the provider knows the model by. */
  readonly upstreamModel: string
  /** `native` posts prompts to `/completions`, `chat` bridges them to chat, `auto` tries native first. */
  readonly completionsMode: 'auto' | 'native' | 'chat'
  /** Whether usage is asked for with `stream_options`: as the preset says, always, or never. */
  readonly streamUsage: 'auto' | 'force' | 'off'
  /** Body fields set where the client sent none. */
  readonly defaultParams: JsonObject
  /** Body fields never sent to this provider. */
  readonly dropParams: readonly string[]
  /** Upper bound of `max_tokens` and `max_completion_tokens`; undefined: the provider's own. */
  readonly maxTokens: number | undefined
  /** Groups and roles whose members may use the model; undefined: everyone, empty: nobody. */
  readonly allowedGroups: readonly string[] | undefined
  /** Prices in yuan per million tokens, as decimal strings; undefined: points go by tokens. */
  readonly prices: Prices | undefined
}

/** Prices in yuan per million tokens, exact decimal strings such as `"0.8"`. */
export interface Prices {
  readonly input: string
  readonly output: string
  /** Price of cached input tokens; undefined: the input price. */
  readonly cache: string | undefined
}
