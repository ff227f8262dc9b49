import { getCachedTokens } from '../../protocol/cached-tokens.ts'
import { isCount, type Usage } from '../../protocol/usage.ts'
import { isObject, type JsonObject } from '../../runtime/json.ts'

/** What stays the same in all forms of one response. */
export interface ResponseFacts {
  readonly id: string
  /** Unix time in seconds. */
  readonly createdAt: number
  readonly model: string
  /** The request of the client, whose settings the response repeats. */
  readonly request: Readonly<JsonObject>
}

/** How far a response is. */
export interface ResponseState {
  readonly status: 'in_progress' | 'completed' | 'incomplete' | 'failed'
  readonly output: readonly JsonObject[]
  readonly usage?: JsonObject
  /** Why it is incomplete. */
  readonly reason?: string | undefined
  readonly error?: { readonly code: string; readonly message: string }
  /** Unix time in seconds. */
  readonly completedAt?: number
}

/** The settings that a response repeats, each with its default (openai-node 6, `Response`). */
const repeatedFields: Readonly<JsonObject> = {
  instructions: null,
  max_output_tokens: null,
  metadata: {},
  parallel_tool_calls: true,
  service_tier: 'default',
  temperature: 1,
  tool_choice: 'auto',
  tools: [],
  top_logprobs: 0,
  top_p: 1,
}

/** Settings that a response repeats only if the request has them. */
const optionalFields = ['prompt_cache_key', 'safety_identifier', 'user'] as const

const repeatSettings = (request: Readonly<JsonObject>): JsonObject => {
  const repeated = Object.entries(repeatedFields).map(([field, value]) => [field, request[field] ?? value])
  const given = optionalFields.flatMap((field) => (typeof request[field] === 'string' ? [[field, request[field]]] : []))
  return Object.fromEntries([...repeated, ...given])
}

/** Creates the response object. It has every field that the client libraries require. */
export const toResponse = (facts: ResponseFacts, state: ResponseState): JsonObject => {
  const { id, createdAt, model, request } = facts
  const { status, output, usage, reason, error, completedAt } = state
  return {
    ...{ id, object: 'response', created_at: createdAt, status },
    ...{ completed_at: completedAt ?? null, background: false, error: error ?? null },
    incomplete_details: reason === undefined ? null : { reason },
    ...{ model, output },
    ...repeatSettings(request),
    reasoning: { effort: null, summary: null, ...(isObject(request['reasoning']) && request['reasoning']) },
    text: { format: { type: 'text' }, ...(isObject(request['text']) && request['text']) },
    ...{ previous_response_id: null, store: false, truncation: 'disabled', usage: usage ?? null },
  }
}

/** Writes a usage in the words of this API. Clients refuse one that lacks a count (Codex, `ResponseCompletedUsage`), so a detail
 *  that the provider does not state is 0. */
export const toResponseUsage = (usage: Usage): JsonObject => {
  const { prompt_tokens: input, completion_tokens: output, total_tokens: total, estimated } = usage
  const cached = getCachedTokens(usage)
  return {
    ...{ input_tokens: input, input_tokens_details: { cached_tokens: cached, cache_write_tokens: 0 } },
    ...{ output_tokens: output, output_tokens_details: { reasoning_tokens: getReasoning(usage) } },
    total_tokens: total,
    ...(estimated === true && { estimated }),
  }
}

const getReasoning = ({ completion_tokens_details: details }: Usage): number => {
  const count = isObject(details) ? details['reasoning_tokens'] : undefined
  return isCount(count) ? count : 0
}
