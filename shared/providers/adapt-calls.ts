import { type Call, thinkingFields } from '../protocol/call.ts'
import type { Target } from '../protocol/route.ts'
import { isObject } from '../runtime/json.ts'
import { getDialect } from './dialect/dialects.ts'
import type { Exchange } from './exchange.ts'

/** Creates an exchange that translates fields which a provider names otherwise, or lacks: a wish about thinking, the
 *  thoughts of earlier turns, JSON by a schema. Few calls need it, so each part is loaded on first use. */
export const adaptCalls = (exchange: Exchange): Exchange => {
  const adapt: Exchange = async (options) => {
    const { target } = options
    const call = concernsThinking(target, options.call)
      ? (await import('./dialect/thinking.ts')).adaptThinking(target, options.call)
      : options.call
    if (!wantsSchema(target, call)) return exchange({ ...options, call })
    return (await import('./json-schema-prompt.ts')).answerBySchema(exchange, { ...options, call })
  }
  return (options) => {
    const { target, call } = options
    return concernsThinking(target, call) || wantsSchema(target, call) ? adapt(options) : exchange(options)
  }
}

/** Whether a call speaks of thinking, its target decides about it, or its provider has a rule about earlier turns. */
const concernsThinking = (target: Target, { body }: Call): boolean => {
  const { messages } = body
  const hasEarlierTurns = Array.isArray(messages) && messages.length > 1
  return (
    target.thinking !== 'auto' ||
    thinkingFields.some((field) => body[field] !== undefined) ||
    (hasEarlierTurns && getDialect(target).earlierThoughts !== undefined)
  )
}

/** Whether a call asks for JSON that fits a schema, and the target's provider does not support schemas. */
const wantsSchema = ({ jsonSchema, defaultParams }: Target, { operation, body }: Call): boolean => {
  const format = body['response_format'] ?? defaultParams['response_format']
  return (
    jsonSchema === 'prompt' && operation === 'chat/completions' && isObject(format) && format['type'] === 'json_schema'
  )
}
