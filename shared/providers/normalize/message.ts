import type { OperationName } from '../../protocol/operations.ts'
import { isObject, type JsonObject } from '../../runtime/json.ts'
import type { ChoiceState, Form } from './choice-state.ts'
import { flattenContent, flattenText, hasPlainContent, readThought } from './content.ts'
import type { TextSoFar } from './text-so-far.ts'

/** The place of a message. */
interface MessageReading {
  readonly reading: { readonly form: Form; readonly operation: OperationName }
  readonly state: ChoiceState
  /** The chunk or response that has the choice. */
  readonly response: JsonObject
  /** Whether no further piece of the choice is to come. */
  readonly ending: boolean
}

/** Finds the message of a choice: in its own field, in that of the other form, in both, or in `text`. A message inside a
 *  stream may be a piece, or repeat all pieces before it, as MiniMax does at the end: only its new part counts. */
export const readMessage = (fields: JsonObject, place: MessageReading): JsonObject => {
  const { form, operation } = place.reading
  const isChunk = form === 'chunk'
  const delta = toMessageObject(fields['delta'])
  const message = toMessageObject(fields['message'] ?? fields['messages'])
  const own = isChunk ? delta : message
  const other = isChunk ? message : delta
  const given = isObject(own) ? own : {}
  const both = isChunk ? mergeMessages : joinMessages
  const found = isObject(other) ? both(given, other, place) : given
  return operation === 'chat/completions' ? joinHalves(toOwnFields(addFieldsBeside(found, fields)), place) : found
}

/** Makes the texts of a message whole characters. */
const joinHalves = (message: JsonObject, { state, ending }: MessageReading): JsonObject => {
  let found = message
  for (const field of ['content', 'reasoning_content'] as const) {
    const text = message[field] ?? ''
    const joined = typeof text === 'string' ? state[field].joinHalves(text, ending) : text
    if (joined !== text) found = { ...found, [field]: joined }
  }
  return found
}

/** The fields of a message that may stand in the choice itself, each with its name in a message. */
const fieldsBeside = [
  { beside: 'text', field: 'content' },
  { beside: 'content', field: 'content' },
  { beside: 'reasoning_content', field: 'reasoning_content' },
  { beside: 'reasoning', field: 'reasoning' },
  { beside: 'tool_calls', field: 'tool_calls' },
  { beside: 'function_call', field: 'function_call' },
  { beside: 'refusal', field: 'refusal' },
] as const

/** Adds to a message the fields beside it. */
const addFieldsBeside = (message: JsonObject, choice: JsonObject): JsonObject => {
  let found = message
  for (const { beside, field } of fieldsBeside)
    if (choice[beside] !== undefined && isGiven(choice[beside]) && !isGiven(found[field]))
      found = { ...found, [field]: choice[beside] }
  return found
}

const isGiven = (value: unknown): boolean =>
  typeof value === 'object' && value !== null ? Object.keys(value).length > 0 : Boolean(value)

/** Removes from a choice what has become a part of its message. */
export const removeFieldsBeside = (choice: JsonObject, message: JsonObject): void => {
  for (const { beside, field } of fieldsBeside)
    if (choice[beside] !== undefined && choice[beside] === message[field]) delete choice[beside]
}

/** A text in the place of a message is its content. A list has the message first. */
const toMessageObject = (given: unknown): unknown => {
  if (Array.isArray(given)) return given.find(isObject)
  return typeof given === 'string' ? { content: given } : given
}

/** Names of fields that some servers have in place of OpenAI's: those in Java write all names so. */
const otherNames = [
  ['toolCalls', 'tool_calls'],
  ['functionCall', 'function_call'],
  ['reasoningContent', 'reasoning_content'],
  ['thinking_content', 'reasoning_content'],
] as const

/** Gives the fields of a message the names of OpenAI, and takes the calls out of its content. */
const toOwnFields = (message: JsonObject): JsonObject => {
  let found = message
  for (const [name, own] of otherNames) {
    if (message[name] === undefined) continue
    const { [name]: value, ...rest } = found
    found = isGiven(rest[own]) ? rest : { ...rest, [own]: value }
  }
  return Array.isArray(found['content']) ? takeCalls(found, found['content'] as unknown[]) : found
}

const takeCalls = (message: JsonObject, parts: readonly unknown[]): JsonObject => {
  const calls = parts.flatMap((part) => toPartCall(part) ?? [])
  if (calls.length === 0) return message
  const content = parts.filter((part) => !toPartCall(part))
  return { ...message, content, tool_calls: [message['tool_calls'] ?? [], calls].flat() }
}

/** A part of the content that calls a tool: Anthropic's `tool_use`, Gemini's `functionCall`. */
const toPartCall = (part: unknown): JsonObject | undefined => {
  if (!isObject(part)) return undefined
  const { type, functionCall: called } = part
  return type === 'tool_use' ? part : isObject(called) ? { function: called } : undefined
}

const joinMessages = (own: JsonObject, other: JsonObject): JsonObject => ({ ...other, ...own })

const mergeMessages = (own: JsonObject, other: JsonObject, place: MessageReading): JsonObject => {
  const whole = { ...other }
  if (!hasPlainContent(whole)) flattenContent(whole)
  return {
    ...whole,
    ...own,
    content: joinPieces(own['content'], flattenText(whole['content']), { ...place, field: 'content' }),
    reasoning_content:
      joinPieces(own['reasoning_content'], readThought(whole), { ...place, field: 'reasoning_content' }) || undefined,
    tool_calls: [own['tool_calls'] ?? [], whole['tool_calls'] ?? []].flat(),
  }
}

interface FieldReading extends MessageReading {
  readonly field: 'content' | 'reasoning_content'
}

/** Adds to the text of a delta the rest of a message beside it. */
const joinPieces = (own: unknown, whole: string, place: FieldReading): string => {
  const piece = flattenText(own)
  return piece + getNews(whole, place.state[place.field].plus(piece), place)
}

const getNews = (whole: string, before: TextSoFar, { response, ending }: FieldReading): string => {
  const repeatsAll = response['object'] === 'chat.completion'
  const rest = before.getRest(whole)
  if (rest !== undefined && (rest !== '' || repeatsAll || ending)) return rest
  return repeatsAll && before.length > 0 ? '' : whole
}
