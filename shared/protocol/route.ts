import type { JsonObject } from '../runtime/json.ts'

/** The targets of a model's requests, and the rules for all of them: one validated entry of the model map. */
export interface Route {
  /** The name clients use. */
  readonly model: string
  /** Groups and roles whose members may use the model; undefined: all users may, empty: no user may. */
  readonly allowedGroups: readonly string[] | undefined
  /** What callers may send; undefined: the entry caps none of it. */
  readonly callerCaps: CallerCaps | undefined
  /** Which texts of its calls are checked; undefined: by the gateway's own variables. */
  readonly moderation?: ModerationMode | undefined
  /** The user's price, whichever target responds; undefined: points are counted by tokens. */
  readonly prices: Prices | undefined
  /** The ways to the model, in the order of the map. Most models have one. */
  readonly targets: readonly [Target, ...Target[]]
}

/** Which texts of a model's calls are checked: none; prompts; also answers, in windows or as a whole. */
export const moderationModes = ['off', 'prompt', 'window', 'whole'] as const

/** One of {@link moderationModes}. */
export type ModerationMode = (typeof moderationModes)[number]

/** One way to a model: an address, and the one key that is sent there. */
export interface Target {
  /** The name in records, logs and reports. It holds no key. */
  readonly name: string
  /** 0 for the entry's own targets, from 1 for its fallbacks in their order. A later tier is tried when the earlier ones fail. */
  readonly tier: number
  /** Targets of one tier that differ in their key only share a group. */
  readonly group: number
  /** Share of the group's conversations within its tier, by the sum of all weights. 0: none while another target works. */
  readonly weight: number
  /** The most requests that run at the same time, over all instances; undefined: no limit. */
  readonly maxConcurrency: number | undefined
  /** Failures after which the next target is tried although the provider may bill them, or a larger model is needed. */
  readonly switchOn: readonly SwitchReason[]
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
  /** Whether models think: `on` and `off` decide, `auto` leaves it to the request. */
  readonly thinking: 'auto' | 'on' | 'off'
  /** How JSON that fits a schema is asked for: `native` in the request's own fields, `prompt` in the prompt. */
  readonly jsonSchema: 'native' | 'prompt'
  /** Body fields that are set if the client did not send them. */
  readonly defaultParams: JsonObject
  /** Body fields that are never sent to this provider. */
  readonly dropParams: readonly string[]
  /** The upper bound of `max_tokens` and `max_completion_tokens`; undefined: the provider's own. */
  readonly maxTokens: number | undefined
  /** The most inputs of one request for embeddings; undefined: all of a call go in one. */
  readonly maxBatch?: number | undefined
  /** The provider's base URL of Anthropic's wire; `off`: it gets chats; undefined: the preset's value. */
  readonly messagesBase?: string | undefined
  /** The provider's base URL of OpenAI's Responses API; `off` and undefined: it gets chats. */
  readonly responsesBase?: string | undefined
  /** The provider's price; undefined: unknown. */
  readonly prices: Prices | undefined
}

/** An entry's rules for the requests of its callers. */
export interface CallerCaps {
  /** A text that the provider gets before the conversation, and that no caller gets to see. */
  readonly systemPrompt: string | undefined
  /** Whether the callers' own system messages are kept, dropped, or refused with a 400. */
  readonly clientSystem: 'keep' | 'drop' | 'refuse'
  /** Body fields that callers may set, beside those that every request needs; undefined: all. */
  readonly allowedParams: readonly string[] | undefined
  /** The most prompt tokens of a request, by the gateway's estimate; undefined: the provider's own limit. */
  readonly maxPromptTokens: number | undefined
}

/** The failures that an entry can add to those after which the next target is tried: no first byte in time; a failure
 *  of the provider's server; a conversation that is too long for the model. */
export const switchReasons = ['first_byte_timeout', 'server_error', 'context_length'] as const

/** One of {@link switchReasons}. */
export type SwitchReason = (typeof switchReasons)[number]

/** Prices in yuan per million tokens, and per thousand searches: exact decimal strings such as `"0.8"`. */
export interface Prices {
  readonly input: string
  readonly output: string
  /** The price of cached input tokens; undefined: the input price. */
  readonly cache: string | undefined
  /** The price of a thousand web searches; undefined: they cost nothing. */
  readonly search?: string | undefined
}
