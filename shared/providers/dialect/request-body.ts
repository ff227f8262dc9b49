import { type Call, readCount, tokenFields } from '../../protocol/call.ts'
import { serialize } from '../../protocol/raw-json.ts'
import type { Target } from '../../protocol/route.ts'
import { isObject, type JsonObject } from '../../runtime/json.ts'
import { type Dialect, getDialect } from './dialects.ts'

/** The body for the provider: the client's own with the provider's name for the model and the target's defaults, without
 *  the fields that the target drops. `asksForUsage` adds `stream_options.include_usage` even if the client did not ask,
 *  because we bill by it. A call with a system prompt is a chat.
 *  @throws invalid_value (400, with `param`) if the target limits tokens and the client's own limit is invalid */
export const buildRequestBody = (target: Target, call: Call, asksForUsage: boolean): Buffer => {
  const body: JsonObject = { ...target.defaultParams, ...call.body, model: target.upstreamModel }
  if (asksForUsage) {
    const { include_usage: _, ...options } = isObject(body['stream_options']) ? body['stream_options'] : {}
    // It must be the last: providers written in Go use the last of `include_usage` and `Include_Usage`.
    body['stream_options'] = { ...options, include_usage: true }
  } else if (call.stream && hasOnlyIncludeUsage(body['stream_options'])) delete body['stream_options']
  if (call.systemPrompt !== undefined) addSystemPrompt(body, call.systemPrompt, getDialect(target))
  for (const field of target.dropParams) delete body[field]
  if (target.maxTokens !== undefined) capTokens(body, target, target.maxTokens)
  return serialize(body, call.source)
}

/** Puts the entry's system prompt before the conversation, without change, so that the provider's cache of prompts finds
 *  it. Its role is that of the client's own instructions, because OpenAI takes one of the two in a request. */
const addSystemPrompt = (body: JsonObject, systemPrompt: string, { systemMessages }: Dialect): void => {
  const [first = {}, ...rest] = body['messages'] as readonly JsonObject[]
  const role = [first, ...rest].some((message) => message['role'] === 'developer') ? 'developer' : 'system'
  const joins = systemMessages === 'one' && first['role'] === role && typeof first['content'] === 'string'
  const content = joins ? `${systemPrompt}\n\n${first['content']}` : systemPrompt
  body['messages'] = [{ role, content }, ...(joins ? rest : [first, ...rest])]
}

/** Whether `stream_options` has no field but `include_usage`, which the gateway handles itself. */
const hasOnlyIncludeUsage = (options: unknown): boolean =>
  isObject(options) && Object.keys(options).every((name) => name === 'include_usage')

/** Whether a client sets stream options that the provider handles. */
export const hasStreamOptions = ({ body: { stream_options: options } }: Call): boolean =>
  options !== undefined && options !== null && !hasOnlyIncludeUsage(options)

/** Lowers the client's limit on output tokens to the target's. Without one, sets the target's, under a name that the
 *  target does not drop.
 *  @throws invalid_value (400, with `param`) for limits that providers ignore */
const capTokens = (body: JsonObject, { dropParams }: Target, maxTokens: number): void => {
  const given = tokenFields.filter((field) => readCount(body, field) !== undefined)
  for (const field of given) body[field] = Math.min(body[field] as number, maxTokens)
  const field = tokenFields.find((name) => !dropParams.includes(name))
  if (given.length === 0 && field) body[field] = maxTokens
}
