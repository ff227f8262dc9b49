import { type Call, readCount } from '../../protocol/call.ts'
import type { WireHeaders } from '../../protocol/chat-wire.ts'
import type { GatewayError } from '../../protocol/errors.ts'
import { isObject, type JsonObject } from '../../runtime/json.ts'
import { invalidFieldError, pickFields } from '../fields/request-fields.ts'
import { type Refuse, untranslatableError } from './content.ts'
import { toChatMessages } from './to-chat-messages.ts'
import { toFunctions, toToolChoice } from './tools.ts'

/** Turns a request for a message into a chat. Fields that a chat has no word for are left out: the wire grows by beta
 *  fields, and providers refuse those that they do not know. */
export const toChat = (call: Call, headers: WireHeaders): Call => {
  requireMaxTokens(call)
  const { body, problem } = translate(call)
  return {
    operation: 'chat/completions',
    endpoint: call.operation,
    model: call.model,
    stream: call.stream,
    includeUsage: false,
    body: { ...body, ...(call.stream && { stream: true }) },
    source: undefined,
    original: { body: call.body, source: call.source, headers: pickHeaders(headers), problem },
  }
}

const requireMaxTokens = (call: Call): void => {
  if (readCount(call.body, 'max_tokens') === undefined)
    throw invalidFieldError(call, 'max_tokens', "'max_tokens' must be the most tokens that the reply may have.")
}

/** The body of a chat, and what it cannot do of a request. */
export interface Translation {
  readonly body: JsonObject
  readonly problem: GatewayError | undefined
}

/** Translates the body of a request.
 *  @throws invalid_value, missing_required_parameter (400, with `param`) */
export const translate = (call: Call): Translation => {
  let problem: GatewayError | undefined
  const refuse: Refuse = (param, message) => {
    problem ??= untranslatableError(param, message)
  }
  const { model, max_tokens, stop_sequences: stop, tools, tool_choice: choice, ...rest } = call.body
  const messages = toChatMessages(call, refuse)
  if (messages.length === 0 && !problem)
    throw invalidFieldError(call, 'messages', "'messages' must hold a text, an image or the result of a tool.")
  for (const [field, message] of Object.entries(untranslatableFields)) if (isFilled(rest[field])) refuse(field, message)
  const functions = toFunctions(tools, refuse)
  const body: JsonObject = {
    model,
    messages,
    ...pickFields(rest, samplingFields),
    ...(max_tokens !== undefined && { max_tokens }),
    ...(Array.isArray(stop) && stop.length > 0 && { stop }),
    ...(functions.length > 0 && { tools: functions, ...toToolChoice(choice) }),
    ...toThinking(rest),
    ...toResponseFormat(rest),
  }
  return { body, problem }
}

/** Fields that no chat can do, each with what to do instead. A thread that is ignored would lose the messages before it. */
const untranslatableFields: Readonly<Record<string, string>> = {
  mcp_servers: 'This model calls no MCP servers. Let your client call them, and leave mcp_servers out.',
  thread: 'This model keeps no threads. Leave thread out, and send all messages of the conversation.',
}

const isFilled = (value: unknown): boolean => isObject(value) || (Array.isArray(value) && value.length > 0)

/** Fields that have the same name and meaning in a chat. */
const samplingFields = ['temperature', 'top_p', 'top_k'] as const

/** The types of thinking that a chat has words for. A model that cannot think between its tools only does not think, as
 *  Anthropic's own client does it (`@anthropic-ai/sdk` 1.14, `lib/middleware.ts`). */
const thinkingTypes: ReadonlyMap<unknown, string> = new Map([
  ...['enabled', 'adaptive', 'disabled'].map((type) => [type, type] as const),
  ['between_tools', 'disabled'],
])

/** The wish about thinking, in Anthropic's words: providers' own are found later (`providers/dialect/thinking.ts`). An
 *  effort counts only when the model thinks. A type that is not known is left to the model. */
const toThinking = ({ thinking, output_config: config }: JsonObject): JsonObject => {
  const wish = isObject(thinking) ? thinking : {}
  const type = thinkingTypes.get(wish['type'])
  if (type === undefined) return {}
  if (type === 'disabled') return { thinking: { type } }
  const effort = isObject(config) ? config['effort'] : undefined
  return {
    thinking: { type, ...pickFields(wish, ['budget_tokens']) },
    ...(typeof effort === 'string' && { output_config: { effort } }),
  }
}

/** JSON by a schema. `output_format` is its older name. */
const toResponseFormat = ({ output_config: config, output_format: older }: JsonObject): JsonObject => {
  const format = (isObject(config) ? config['format'] : undefined) ?? older
  if (!isObject(format) || format['type'] !== 'json_schema') return {}
  const { schema, name = 'reply' } = format
  return { response_format: { type: 'json_schema', json_schema: { name, schema } } }
}

/** The headers that belong to the wire. */
const wireHeaders = ['anthropic-version', 'anthropic-beta'] as const

const pickHeaders = (headers: WireHeaders): Record<string, string> =>
  Object.fromEntries(
    wireHeaders.flatMap((name) => {
      const value = headers[name]
      return typeof value === 'string' ? [[name, value]] : []
    }),
  )
