import type { JsonObject } from '../runtime/json.ts'
import { GatewayError } from './errors.ts'
import { type OperationName, operations } from './operations.ts'
import { parseRawJson, type RawJson } from './raw-json.ts'

/** A client's request to a model: what the gateway reads of it, and the body it forwards. */
export interface Call {
  readonly operation: OperationName
  /** The model by the client's name for it. */
  readonly model: string
  readonly stream: boolean
  /** Whether a stream must end with a usage chunk (`stream_options.include_usage`). */
  readonly includeUsage: boolean
  /** The body without gateway-control fields; every other field is as the client sent it. */
  readonly body: Readonly<JsonObject>
  /** The body as it was sent; undefined for a call that the gateway makes up. */
  readonly source: RawJson | undefined
}

/** Fields that steer a gateway, not a model: the original's four; the arguments with which a caller of LiteLLM
 *  (`litellm/main.py`, `completion`) could redirect, fake or re-price a call; and the fields with which a caller of OpenRouter
 *  (its API reference, "Provider Routing", "Model Routing" and "Plugins") could have another model or host answer, or buy
 *  extras. None of them is forwarded; an operator can set them in a model's `default_params`. */
const controlFields = [
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

/** Fields that the gateway reads, bounds or replaces. */
export const readFields: readonly string[] = [
  ...['model', 'messages', 'prompt', 'stream', 'stream_options', 'n', 'best_of', 'max_tokens', 'max_completion_tokens'],
  ...['user', 'safety_identifier', 'user_id'],
]

const controlFieldSet: ReadonlySet<string> = new Set(controlFields)

const readFieldSet: ReadonlySet<string> = new Set(readFields)

/** Whether a field is not forwarded: one that steers, and one that looks like a field that is read. Providers written in Go take
 *  `Model` for `model`, and the last one counts (`encoding/json`, "Unmarshal"; its folding knows the long s and the Kelvin sign):
 *  what was checked must be what they read. */
const isWithheld = (field: string): boolean => {
  const plain = field.toUpperCase().toLowerCase()
  return controlFieldSet.has(plain) || (plain !== field && readFieldSet.has(plain))
}

/** Reads a request body, known to be UTF-8, for an operation.
 *  @throws invalid_json, missing_required_parameter, invalid_value (400, with `param`) */
export const parseCall = (operation: OperationName, bytes: Buffer): Call => {
  const source = parseRawJson(bytes)
  const body = omitFields(source.fields, Object.keys(source.fields).filter(isWithheld))
  const parsed = operations[operation].body.safeParse(body)
  if (!parsed.success) throw invalidField(body, parsed.error.issues[0])
  const { model, stream } = parsed.data
  return { operation, model, stream: stream === true, includeUsage: asksForUsage(body), body, source }
}

const omitFields = (fields: Readonly<JsonObject>, unwanted: readonly string[]): Readonly<JsonObject> => {
  if (unwanted.length === 0) return fields
  const rest = { ...fields }
  for (const field of unwanted) delete rest[field]
  return rest
}

const asksForUsage = ({ stream_options: options }: JsonObject): boolean =>
  typeof options === 'object' && options !== null && 'include_usage' in options && options.include_usage === true

const invalidField = (body: Readonly<JsonObject>, issue?: { path: PropertyKey[]; message: string }): GatewayError => {
  const param = String(issue?.path[0] ?? '')
  const missing = body[param] === undefined
  return new GatewayError(
    400,
    missing ? 'missing_required_parameter' : 'invalid_value',
    missing ? `The request has no '${param}'. ${issue?.message}` : `${issue?.message}`,
    { param: issue?.path.join('.') ?? param },
  )
}

/** A body field that counts something; undefined where the client set none.
 *  @throws invalid_value (400, with `param`) unless it is an integer from 1 to `most` */
export const readCount = (body: JsonObject, field: string, most = Number.MAX_SAFE_INTEGER): number | undefined => {
  const value = body[field]
  if (value === undefined || value === null) return undefined
  if (Number.isSafeInteger(value) && (value as number) >= 1 && (value as number) <= most) return value as number
  const range = most < Number.MAX_SAFE_INTEGER ? `from 1 to ${most}` : 'of at least 1'
  throw new GatewayError(400, 'invalid_value', `'${field}' must be an integer ${range}.`, { param: field })
}
