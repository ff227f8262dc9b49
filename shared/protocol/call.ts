import type { JsonObject } from '../runtime/json.ts'
import { GatewayError } from './errors.ts'
import { type OperationName, operations, type TextOperation } from './operations.ts'
import { parseRawJson, type RawJson } from './raw-json.ts'
import type { ReplyWriter } from './reply-writer.ts'
import { isCount } from './usage.ts'

/** A client's request to a model: the fields that the gateway reads, and the body that it forwards. */
export interface Call {
  readonly operation: OperationName
  /** The client's name of the model. */
  readonly model: string
  readonly stream: boolean
  /** Whether a stream must end with a usage chunk (`stream_options.include_usage`). */
  readonly includeUsage: boolean
  /** The body without the fields that control a gateway. All other fields are as the client sent them. */
  readonly body: Readonly<JsonObject>
  /** The body as it was sent; undefined for a call that the gateway itself makes. */
  readonly source: RawJson | undefined
  /** The entry's own system prompt, which the provider gets before the conversation. */
  readonly systemPrompt?: string | undefined
  /** The operation that the client called, if a wire has turned its request into this one. */
  readonly endpoint?: OperationName
  /** The request that a wire has turned into this one. */
  readonly original?: OriginalRequest
  /** Writes the reply, if the client speaks another wire. Default: the reply of the operation. */
  readonly reply?: ReplyWriter
  /** Types of tools and items that the wire has left out of the request, separated by commas, for the log. */
  readonly leftOut?: string | undefined
  /** Estimates the tokens of its text, if the call has no output: it makes vectors or scores. */
  readonly estimatePrompt?: () => number
}

/** A client's request in a wire of its own. */
export interface OriginalRequest {
  /** The body without the fields that control a gateway. */
  readonly body: Readonly<JsonObject>
  readonly source: RawJson | undefined
  /** The client's headers that are part of the wire, for a provider that speaks it. */
  readonly headers: Readonly<Record<string, string>>
  /** Why a chat cannot do what the request asks. Only a provider that speaks the wire can then answer. */
  readonly problem?: GatewayError | undefined
}

/** A call whose reply holds choices. */
export interface TextCall extends Call {
  readonly operation: TextOperation
}

/** Fields that control a gateway, not a model. They are not forwarded. An operator can set them in a model's
 *  `default_params`. Four are those of the original system. With LiteLLM's (`litellm/main.py`, `completion`) a caller could
 *  redirect, fake or re-price a call. With OpenRouter's (API reference, "Provider Routing", "Model Routing" and "Plugins") a
 *  caller could choose another model or host, or buy extras. */
export const controlFields = [
  'api_key',
  'api_base',
  'base_url',
  'api_version',
  'custom_llm_provider',
  'extra_headers',
  'extra_body',
  'fallbacks',
  'mock_response',
  'num_retries',
  'max_retries',
  'timeout',
  'input_cost_per_token',
  'output_cost_per_token',
  'model_list',
  'context_window_fallback_dict',
  'models',
  'route',
  'provider',
  'plugins',
] as const

/** Fields in which clients of OpenAI and other vendors speak of the thinking of a model. */
export const thinkingFields = [
  'reasoning_effort',
  'thinking',
  'enable_thinking',
  'thinking_budget',
  'reasoning',
  'output_config',
  'chat_template_kwargs',
] as const

/** One of those fields. */
export type ThinkingField = (typeof thinkingFields)[number]

/** Fields that the gateway reads, limits or replaces. */
export const readFields: readonly string[] = [
  ...['model', 'messages', 'prompt', 'stream', 'stream_options', 'n', 'best_of', 'max_tokens', 'max_completion_tokens'],
  ...['user', 'safety_identifier', 'user_id', 'response_format'],
  ...thinkingFields,
]

const controlFieldSet: ReadonlySet<string> = new Set(controlFields)

const readFieldSet: ReadonlySet<string> = new Set(readFields)

/** Whether a field is not forwarded: a control field, or another spelling of a field that the gateway reads. Providers
 *  written in Go read `Model` as `model`, and the last one counts (`encoding/json`, "Unmarshal"; its folding includes
 *  the long s and the Kelvin sign). So a provider could read a value that the gateway did not check. */
const isWithheld = (field: string): boolean => {
  const plain = foldName(field)
  return controlFieldSet.has(plain) || (plain !== field && readFieldSet.has(plain))
}

/** Folds the spellings of a field's name into one. */
export const foldName = (field: string): string => field.toUpperCase().toLowerCase()

/** Parses a request body, which must be UTF-8, for an operation.
 *  @throws invalid_json, missing_required_parameter, invalid_value (400, with `param`) */
export const parseCall = <Operation extends OperationName>(
  operation: Operation,
  bytes: Buffer,
): Call & { readonly operation: Operation } => {
  const source = parseRawJson(bytes)
  const body = omitFields(source.fields, Object.keys(source.fields).filter(isWithheld))
  const parsed = operations[operation].body.safeParse(body)
  if (!parsed.success) throw readIssue(body, parsed.error.issues[0])
  const { model, stream } = parsed.data
  return { operation, model, stream: stream === true, includeUsage: includesUsage(body), body, source }
}

/** Returns a body without some of its fields. */
export const omitFields = (fields: Readonly<JsonObject>, unwanted: readonly string[]): Readonly<JsonObject> => {
  if (unwanted.length === 0) return fields
  const rest = { ...fields }
  for (const field of unwanted) delete rest[field]
  return rest
}

const includesUsage = ({ stream_options: options }: JsonObject): boolean =>
  typeof options === 'object' && options !== null && 'include_usage' in options && options.include_usage === true

const readIssue = (body: Readonly<JsonObject>, issue?: { path: PropertyKey[]; message: string }): GatewayError => {
  const param = String(issue?.path[0] ?? '')
  const missing = body[param] === undefined
  return new GatewayError(
    400,
    missing ? 'missing_required_parameter' : 'invalid_value',
    missing ? `The request has no '${param}'. ${issue?.message}` : `${issue?.message}`,
    { param: issue?.path.join('.') ?? param },
  )
}

/** The fields of a body that hold schemas. Their author chooses the names of fields, too, and the model reads those. */
export const schemaFields: ReadonlySet<string> = new Set([
  ...['tools', 'functions', 'response_format'],
  ...['text', 'output_config', 'output_format'],
])

/** The two names of the limit on output tokens. More providers accept the first. */
export const tokenFields = ['max_tokens', 'max_completion_tokens'] as const

/** Reads a body field that counts something. Returns undefined if the client did not set it.
 *  @throws invalid_value (400, with `param`) unless it is an integer from 1 to `max` */
export const readCount = (body: JsonObject, field: string, max = Number.MAX_SAFE_INTEGER): number | undefined => {
  const value = body[field]
  if (value === undefined || value === null) return undefined
  if (isCount(value) && value >= 1 && value <= max) return value
  const range = max < Number.MAX_SAFE_INTEGER ? `from 1 to ${max}` : 'of at least 1'
  throw new GatewayError(400, 'invalid_value', `'${field}' must be an integer ${range}.`, { param: field })
}
