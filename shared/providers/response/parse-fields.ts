import type { SseEvent } from '../../protocol/sse.ts'
import { isObject, type JsonObject, parseJson } from '../../runtime/json.ts'
import { findError } from '../errors/find-error.ts'
import { UnjudgedError } from '../errors/provider-failure.ts'
import { invalidResponseError } from '../errors/upstream-errors.ts'

/** Throws because a word of the provider reports that the model failed.
 *  @throws upstream_* (502, 503) */
export const failWith = (word: string): never => {
  throw new UnjudgedError({ error: { message: word, code: word } })
}

/** Returns the fields of a chunk or a whole response.
 *  @param given the JSON value that came
 *  @throws upstream_* if the value reports an error or is no JSON object */
export const checkFields = (given: unknown): JsonObject => {
  requireNoError(given)
  if (!isObject(given)) throw invalidResponseError()
  return 'choices' in given ? given : unwrap(given)
}

const requireNoError = (value: unknown): void => {
  const error = findError(value)
  if (error) throw new UnjudgedError(error)
}

/** Takes a response out of a wrapper that has a code of its own (gateways; Baidu `result`; DashScope `output`, with the usage
 *  beside it). */
const unwrap = (given: JsonObject): JsonObject => {
  const inner = wrapperFields.map((name) => given[name]).find((value) => isObject(value) && 'choices' in value)
  if (!isObject(inner)) return given
  requireNoError(inner)
  return forgetTime({ usage: given['usage'], ...inner })
}

const wrapperFields = ['data', 'result', 'output', 'response'] as const

/** Removes the time of fields that came in a wrapper. So they are not in normal form, and their event is written anew. */
const forgetTime = ({ created: _, ...fields }: JsonObject): JsonObject => fields

/** Parses the text of a chunk or a whole response.
 *  @throws upstream_* if the text reports an error or is no JSON object */
export const parseFields = (text: string): JsonObject => checkFields(parseJson(text))

/** Whether an event ends the stream: `[DONE]`, also in quotes, in lower case or without brackets. */
export const isDone = ({ data }: SseEvent): boolean => data[0] !== '{' && /^"?(\[done\]|done"?$)/i.test(data)

/** Parses the data of an event. Returns undefined if it is no chunk: a heartbeat (`null`, a number, a word, a time stamp, an
 *  object without choices and usage), or text. JSON in JSON text is opened.
 *  @throws upstream_* if the event reports an error, or broken JSON */
export const parseEvent = ({ data, isError }: Pick<SseEvent, 'data' | 'isError'>): JsonObject | undefined => {
  if (data[0] === '{' && !isError) {
    const fields = parseFields(data)
    return 'choices' in fields || 'usage' in fields || 'x_groq' in fields ? fields : undefined
  }
  const value = parseJson(data)
  if (typeof value === 'string' && value.startsWith('{')) {
    const fields = parseEvent({ data: value, isError })
    return fields && forgetTime(fields)
  }
  requireNoError(value)
  if (isError && (value === undefined || typeof value === 'object' || typeof value === 'string') && value !== null)
    throw new UnjudgedError(value ?? data)
  return undefined
}
