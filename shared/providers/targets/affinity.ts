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
  const { prompt_cache_key: cacheKey, messages, prompt, input = body['documents'] } = body
  const hash = addText(addText(seed, userId ?? ''), model)
  if (typeof cacheKey === 'string' && cacheKey !== '') return mixBits(addText(hash, cacheKey))
  return mixBits(hashTexts(hash, getFirstMessages(messages ?? prompt ?? input)))
}

/** The most messages before the user's first one that count. */
const maxMessages = 8

/** The messages up to the user's first one. Later turns leave them as they are. */
const getFirstMessages = (messages: unknown): unknown => {
  if (!Array.isArray(messages)) return messages
  const first = messages.findIndex((message) => isObject(message) && message['role'] === 'user')
  return messages.slice(0, Math.min(first < 0 ? maxMessages : first + 1, maxMessages))
}

/** The most characters of one text that count: a picture in a message is one long text, and each call pays for them. */
const maxHashedLength = 256

/** The start of a hash, and its factor (FNV-1a, 32 bits). */
const seed = 0x811c9dc5
const factor = 0x01000193

/** Adds a text to a hash, with its end. */
const addText = (before: number, text: string): number => {
  let hash = before
  const length = Math.min(text.length, maxHashedLength)
  for (let index = 0; index < length; index++) hash = Math.imul(hash ^ text.charCodeAt(index), factor)
  return Math.imul(hash ^ 0x1_0000, factor)
}

/** The most parts of a list that count: a prompt may be a list of tokens. */
const maxHashedParts = 64

/** Adds the texts within a value, such as messages. */
const hashTexts = (before: number, value: unknown): number => {
  if (typeof value === 'string') return addText(before, value)
  if (typeof value === 'number') return addText(before, String(value))
  const parts: unknown[] = Array.isArray(value) ? value : Object.values(isObject(value) ? value : {})
  const length = Math.min(parts.length, maxHashedParts)
  let hash = before
  for (let index = 0; index < length; index++) hash = hashTexts(hash, parts[index])
  return hash
}

/** Hashes a text to 32 bits. */
export const hashText = (text: string): number => mixBits(addText(seed, text))

/** Mixes all bits of a 32-bit number into each other (MurmurHash3, `fmix32`). */
export const mixBits = (number: number): number => {
  let hash = number
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  return (hash ^ (hash >>> 16)) >>> 0
}
