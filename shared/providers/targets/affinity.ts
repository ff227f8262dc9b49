import type { Call } from '../../protocol/call.ts'
import { isObject } from '../../runtime/json.ts'

/** The user and the call whose conversation is hashed. */
export interface AffinityOptions {
  /** Null: authentication is off. */
  readonly userId: string | null
  readonly call: Call
}

/** Returns a number that stays the same for all turns of a conversation: a hash of the user, the model, and
 *  `prompt_cache_key` or, without one, the beginning of the conversation. Providers cache prompts by key, so that each
 *  conversation should meet the same one. */
export const hashConversation = ({ userId, call: { model, body } }: AffinityOptions): number => {
  const { prompt_cache_key: cacheKey, messages, prompt } = body
  const beginning = typeof cacheKey === 'string' && cacheKey !== '' ? cacheKey : getFirstMessages(messages ?? prompt)
  return hashText(JSON.stringify([userId, model, beginning], cutText))
}

/** The most messages before the user's first one that count. */
const maxMessages = 8

/** The messages up to the user's first one. Later turns leave them as they are. */
const getFirstMessages = (messages: unknown): unknown => {
  if (!Array.isArray(messages)) return messages
  const first = messages.findIndex((message) => isObject(message) && message['role'] === 'user')
  return messages.slice(0, Math.min(first < 0 ? maxMessages : first + 1, maxMessages))
}

/** The most characters of one text that count: a picture in a message is one long text. */
const maxTextLength = 1_024

const cutText = (_name: string, value: unknown): unknown =>
  typeof value === 'string' && value.length > maxTextLength ? value.slice(0, maxTextLength) : value

/** Hashes a text to 32 bits (FNV-1a, by UTF-16 unit, with the finalizer of MurmurHash3). */
export const hashText = (text: string): number => {
  let hash = 0x811c9dc5
  for (let index = 0; index < text.length; index++) hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193)
  return mixBits(hash)
}

/** Mixes all bits of a 32-bit number into each other (MurmurHash3, `fmix32`). */
export const mixBits = (number: number): number => {
  let hash = number
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  return (hash ^ (hash >>> 16)) >>> 0
}
