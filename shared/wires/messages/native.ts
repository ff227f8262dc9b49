import type { Call } from '../../protocol/call.ts'
import type { NativeReading, NativeWire } from '../../protocol/chat-wire.ts'
import { getKnownProvider } from '../../protocol/provider-presets.ts'
import type { Target } from '../../protocol/route.ts'
import { isCount, readUsage, type Usage } from '../../protocol/usage.ts'
import { isObject, type JsonObject, listObjects, toText } from '../../runtime/json.ts'
import { pickFields } from '../fields/request-fields.ts'
import { findMessagesAddress } from './native-addresses.ts'
import { isOwnThought } from './signature.ts'

/** Anthropic's wire at providers that speak it themselves. */
export const nativeMessages: NativeWire = {
  findAddress: findMessagesAddress,
  toBody: (call, target) => toNativeBody(call, target),
  isResponse: ({ type, content }) => type === 'message' && Array.isArray(content),
  readResponse: ({ content, usage }) => {
    const text = listObjects(content).map(getBlockText).join('')
    return { text, usage: readNativeUsage([usage], text !== '') }
  },
  createReader: () => {
    const usages: unknown[] = []
    let hasText = false
    return {
      read: (event) => {
        const text = getEventText(event)
        hasText ||= text !== ''
        return { text, usage: readEventUsage(event, usages, () => hasText), place: getPlace(event) }
      },
    }
  },
  rename: (fields, model) => {
    const { message } = fields
    if (isObject(message) && message['model'] !== undefined) return { ...fields, message: { ...message, model } }
    return fields['model'] === undefined ? fields : { ...fields, model }
  },
}

/** The client's own body under the target's name of the model. Only what an operator decides is changed, and what the provider
 *  would refuse or must not know: thoughts that the gateway has translated, and the client's name of its user, in which
 *  Claude Code puts an account. */
const toNativeBody = ({ original }: Call, target: Target): JsonObject => {
  const { metadata, ...body }: JsonObject = original?.body ?? {}
  const { user_id: _, ...rest } = isObject(metadata) ? metadata : {}
  const kept = metadata === undefined || Object.keys(rest).length === 0 ? {} : { metadata: rest }
  const defaults = pickFields(target.defaultParams, takesSampling(original, target) ? defaultFields : ['thinking'])
  const sent: JsonObject = { ...defaults, ...body, ...kept, model: target.upstreamModel }
  if (target.thinking === 'off' && sent['thinking'] !== undefined) sent['thinking'] = { type: 'disabled' }
  if (hasOwnThoughts(sent['messages'])) sent['messages'] = dropOwnThoughts(sent['messages'] as JsonObject[])
  for (const field of target.dropParams) delete sent[field]
  const { max_tokens: asked } = sent
  if (target.maxTokens !== undefined && isCount(asked)) sent['max_tokens'] = Math.min(asked, target.maxTokens)
  return sent
}

/** The default parameters that Anthropic's wire has, too. Others are the words of chats. */
const defaultFields = ['temperature', 'top_p', 'top_k', 'thinking'] as const

/** The last version of the wire with parameters of sampling (Claude documentation, "Migrating to API version 2026-10-21"). */
const samplingVersion = '2023-06-01'

/** Whether a provider takes parameters of sampling. Anthropic refuses them in later versions; others ignore the version. */
const takesSampling = (original: Call['original'], target: Target): boolean =>
  getKnownProvider(target) !== 'anthropic' ||
  (original?.headers['anthropic-version'] ?? samplingVersion) <= samplingVersion

const isOwnBlock = (block: unknown): boolean => isObject(block) && isOwnThought(block)

const hasOwnThoughts = (messages: unknown): boolean =>
  Array.isArray(messages) &&
  messages.some(
    (message) => isObject(message) && Array.isArray(message['content']) && message['content'].some(isOwnBlock),
  )

const dropOwnThoughts = (messages: readonly JsonObject[]): JsonObject[] =>
  messages.flatMap((message) => {
    const { content } = message
    if (!Array.isArray(content) || !content.some(isOwnBlock)) return [message]
    const rest = content.filter((block) => !isOwnBlock(block))
    return rest.length > 0 ? [{ ...message, content: rest }] : []
  })

const getBlockText = ({ thinking, text, input }: JsonObject): string =>
  toText(thinking) + toText(text) + (isObject(input) ? JSON.stringify(input) : '')

const getEventText = ({ delta, content_block: block }: JsonObject): string => {
  const { thinking, text, partial_json: input } = isObject(delta) ? delta : isObject(block) ? block : {}
  return toText(thinking) + toText(text) + toText(input)
}

/** Adds what an event states. The last event with a usage states that of the whole message; some providers state the
 *  prompt only at the start. */
const readEventUsage = (event: JsonObject, usages: unknown[], hasText: () => boolean): NativeReading['usage'] => {
  const { type, message, usage } = event
  if (type === 'message_start' && isObject(message)) usages.push(message['usage'])
  if (type !== 'message_delta') return undefined
  usages.push(usage)
  return readNativeUsage(usages, hasText())
}

/** Joins the usages that a message states. A prompt of zero tokens, and no output beside a text, are no counts. */
const readNativeUsage = (usages: readonly unknown[], hasText: boolean): Usage | undefined => {
  const stated = usages.filter(isObject).flatMap((usage) => Object.entries(usage))
  const usage = readUsage(Object.fromEntries(stated.filter(([, value]) => value !== null)))
  if (!usage || usage.prompt_tokens === 0) return undefined
  return usage.completion_tokens === 0 && hasText ? undefined : usage
}

const getPlace = ({ type }: JsonObject): 'opening' | 'middle' | 'end' => {
  if (type === 'message_stop') return 'end'
  return type === 'message_start' || type === 'ping' ? 'opening' : 'middle'
}
