import { readCount, thinkingFields } from '../../protocol/call.ts'
import { isObject, type JsonObject } from '../../runtime/json.ts'
import { pickFields } from '../fields/request-fields.ts'
import { invalidItemError, unsupportedError } from './content.ts'
import type { ChatTools } from './tools.ts'

/** Fields that chat has under the same name, and fields of vendors about sampling and thinking. Clients send
 *  many others, such as Codex its `client_metadata`, which strict providers refuse in a chat. */
const sharedFields = [
  ...['temperature', 'top_p', 'top_logprobs', 'service_tier', 'user', 'safety_identifier', 'user_id'],
  ...['stop', 'seed', 'presence_penalty', 'frequency_penalty', 'logit_bias', 'top_k', 'min_p', 'repetition_penalty'],
  ...['enable_search', 'search_options'],
  ...thinkingFields.filter((field) => field !== 'reasoning'),
] as const

/** Fields that need a store or a service of OpenAI, each with what to do instead. `previous_response_not_found` makes some
 *  clients send the whole conversation. */
const refusedFields: Readonly<Record<string, { readonly help: string; readonly code?: string }>> = {
  previous_response_id: {
    help: "This gateway stores no responses. Leave 'previous_response_id' out, and send the whole conversation as 'input'.",
    code: 'previous_response_not_found',
  },
  conversation: {
    help: "This gateway stores no conversations. Leave 'conversation' out, and send all of it as 'input'.",
  },
  prompt: {
    help: "This gateway stores no prompt templates. Leave 'prompt' out, and send the text as 'instructions' and 'input'.",
  },
  background: {
    help: "This gateway runs nothing in the background. Leave 'background' out; a stream keeps the connection open.",
  },
}

/** Refuses what needs a store. `store` itself is accepted, because the client libraries ask for it by default; the reply
 *  says that nothing is stored.
 *  @throws unsupported_parameter (400, with `param`) */
export const requireStateless = (body: Readonly<JsonObject>): void => {
  for (const [field, { help, code }] of Object.entries(refusedFields))
    if (![undefined, null, false].includes(body[field] as false)) throw unsupportedError(field, help, code)
}

/** The body of the chat for a request.
 *  @throws invalid_value, unsupported_parameter (400, with `param`) */
export const toChatBody = (
  body: Readonly<JsonObject>,
  messages: readonly JsonObject[],
  { tools, choice }: ChatTools,
): JsonObject => {
  const chat: JsonObject = { model: body['model'], messages, ...pickFields(body, [...sharedFields, 'stream']) }
  const maxTokens = readCount(body, 'max_output_tokens')
  if (maxTokens !== undefined) chat['max_tokens'] = maxTokens
  return {
    ...chat,
    ...toLogprobs(body),
    ...toReasoning(body['reasoning']),
    ...readTextSettings(body['text']),
    ...(tools.length > 0 && toTools(tools, choice, body['parallel_tool_calls'])),
  }
}

/** Null means unset in the OpenAI API. */
const isSet = (value: unknown): boolean => value !== undefined && value !== null

/** `parallel_tool_calls` is sent only if it has an effect: some providers refuse the field. */
const toTools = (tools: readonly JsonObject[], choice: unknown, parallel: unknown): JsonObject => ({
  tools,
  ...(choice !== undefined && { tool_choice: choice }),
  ...(parallel === false && { parallel_tool_calls: false }),
})

/** Whether a client asks for the log probabilities of the text. */
export const wantsLogprobs = ({ include, top_logprobs: top }: Readonly<JsonObject>): boolean =>
  (Array.isArray(include) && include.includes('message.output_text.logprobs')) || (typeof top === 'number' && top > 0)

const toLogprobs = (body: Readonly<JsonObject>): JsonObject => (wantsLogprobs(body) ? { logprobs: true } : {})

/** @throws invalid_value (400, with `param`) unless it is an object with a word for `effort` */
const toReasoning = (reasoning: unknown): JsonObject => {
  if (!isSet(reasoning)) return {}
  if (!isObject(reasoning)) throw invalidItemError('reasoning', "'reasoning' must be an object.")
  const { effort } = reasoning
  if (!isSet(effort)) return {}
  if (typeof effort !== 'string')
    throw invalidItemError('reasoning.effort', "'reasoning.effort' must be a word such as low, medium or high.")
  return { reasoning_effort: effort }
}

/** @throws invalid_value (400, with `param`) for a format that does not exist */
const readTextSettings = (text: unknown): JsonObject => {
  if (!isSet(text)) return {}
  if (!isObject(text)) throw invalidItemError('text', "'text' must be an object.")
  const { format, verbosity } = text
  return { ...(isSet(verbosity) && { verbosity }), ...toFormat(format) }
}

/** A schema stands in the format itself; a chat has it one level deeper. */
const toFormat = (format: unknown): JsonObject => {
  if (!isSet(format)) return {}
  const { type = undefined, ...rest } = isObject(format) ? format : {}
  if (type === 'text') return {}
  if (type === 'json_object') return { response_format: { type } }
  if (type !== 'json_schema')
    throw invalidItemError('text.format.type', "'text.format.type' must be text, json_object or json_schema.")
  const given = isObject(rest['json_schema']) ? rest['json_schema'] : rest
  const schema = pickFields(given, ['name', 'description', 'schema', 'strict'])
  return { response_format: { type, json_schema: schema } }
}
