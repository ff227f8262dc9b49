import type { Call } from '../../protocol/call.ts'
import type { NativeReader, NativeWire } from '../../protocol/chat-wire.ts'
import type { Target } from '../../protocol/route.ts'
import { isCount, readUsage, type Usage } from '../../protocol/usage.ts'
import { isObject, type JsonObject, listObjects, toText } from '../../runtime/json.ts'
import { memoizeWeak } from '../../runtime/memoize.ts'
import { pickFields } from '../fields/request-fields.ts'
import { isSealed } from './seal.ts'
import { dropHosted } from './tools.ts'

/** The Responses API at providers that have it themselves: those whose entry names `responses_base`. */
export const nativeResponses: NativeWire = {
  findAddress: memoizeWeak(({ responsesBase: base }: Target) =>
    base === undefined || base === 'off'
      ? undefined
      : { url: toUrl(base), keyHeaders: ['authorization'], headers: {}, isConfigured: true },
  ),
  toBody: (call, target) => toProviderBody(call, target),
  isResponse: ({ object, output }) => object === 'response' || Array.isArray(output),
  readResponse: ({ output, usage }) => ({
    text: listObjects(output).map(getItemText).join(''),
    usage: readStated(usage),
  }),
  createReader: () => ({ read: readEvent }),
  rename: (fields, model) => {
    const { response } = fields
    if (isObject(response)) return { ...fields, response: { ...response, model } }
    return fields['model'] === undefined ? fields : { ...fields, model }
  },
}

const toUrl = (base: string): string => {
  const url = new URL(base)
  url.pathname = `${url.pathname.replace(/(\/responses)?\/*$/, '')}/responses`
  return url.href
}

/** The default parameters that this API has, too. Others are the words of chats. */
const defaultFields = ['temperature', 'top_p', 'reasoning', 'text', 'truncation'] as const

/** Fields that the gateway has checked or replaced in the chat of the request. */
const checkedFields = ['user', 'safety_identifier', 'user_id'] as const

/** The client's own body under the target's name of the model. Nothing is stored at the provider, and it runs no tools of
 *  its own, whose fees the gateway does not know. */
const toProviderBody = ({ original, body: chat }: Call, target: Target): JsonObject => {
  const { client_metadata: _, ...body }: JsonObject = original?.body ?? {}
  const defaults = pickFields(target.defaultParams, defaultFields)
  const sent: JsonObject = { ...defaults, ...body, ...pickFields(chat, checkedFields) }
  if (Array.isArray(sent['tools'])) sent['tools'] = dropHosted(sent['tools'])
  if (Array.isArray(sent['input'])) sent['input'] = sent['input'].flatMap(toProviderItem)
  if (target.thinking === 'off') sent['reasoning'] = { effort: 'none' }
  for (const field of target.dropParams) delete sent[field]
  const maxTokens = getMaxTokens(chat, target)
  if (maxTokens !== undefined && !target.dropParams.includes('max_output_tokens')) sent['max_output_tokens'] = maxTokens
  return { ...sent, model: target.upstreamModel, store: false }
}

/** The limit of the chat: the client's, or the one that a wallet needs. */
const getMaxTokens = (chat: Readonly<JsonObject>, { maxTokens }: Target): number | undefined => {
  const { max_tokens: asked = chat['max_completion_tokens'] } = chat
  if (!isCount(asked)) return maxTokens
  return Math.min(asked, maxTokens ?? asked)
}

const toProviderItem = (item: unknown): unknown[] => {
  if (isSealedThought(item)) return []
  if (!isObject(item) || item['type'] !== 'additional_tools' || !Array.isArray(item['tools'])) return [item]
  return [{ ...item, tools: dropHosted(item['tools']) }]
}

/** A thought that the gateway has sealed is of another model. */
const isSealedThought = (item: unknown): boolean =>
  isObject(item) && typeof item['encrypted_content'] === 'string' && isSealed(item['encrypted_content'])

/** The events before the first item. */
const openingTypes: ReadonlySet<unknown> = new Set([
  'response.created',
  'response.queued',
  'response.in_progress',
  'keepalive',
])

const endTypes: ReadonlySet<unknown> = new Set(['response.completed', 'response.incomplete'])

const readEvent: NativeReader['read'] = ({ type, delta, response }) => {
  const { usage = undefined, error } = isObject(response) ? response : {}
  const text = typeof delta === 'string' ? delta : ''
  if (endTypes.has(type)) return { text, usage: readStated(usage), place: 'end' }
  if (type === 'response.failed')
    return { text, usage: undefined, place: 'middle', error: error ?? 'The response failed.' }
  return { text, usage: undefined, place: openingTypes.has(type) ? 'opening' : 'middle' }
}

/** Reads a usage, and names its details as those of chats are named. One of zero tokens is none. */
const readStated = (usage: unknown): Usage | undefined => {
  const stated = readUsage(usage)
  if (!stated || stated.total_tokens === 0) return undefined
  const { input_tokens_details: input, output_tokens_details: output } = stated
  return {
    ...stated,
    ...(isObject(input) && { prompt_tokens_details: input }),
    ...(isObject(output) && { completion_tokens_details: output }),
  }
}

/** The text of an item, which the provider bills as output. */
const getItemText = ({ content, summary, arguments: json, input, operation, action }: JsonObject): string => {
  const parts = [...listObjects(summary), ...listObjects(content)].map(({ text, refusal }) => toText(text ?? refusal))
  const called =
    toText(json) + toText(input) + [operation, action].map((one) => (isObject(one) ? JSON.stringify(one) : '')).join('')
  return parts.join('') + called
}
