import type { SseEvent } from '../../protocol/sse.ts'
import { isObject, type JsonObject, parseJson } from '../../runtime/json.ts'
import { parseLenientJson } from '../../runtime/lenient-json.ts'
import { findError } from '../errors/find-error.ts'
import { UnjudgedError } from '../errors/provider-failure.ts'
import { invalidResponseError } from '../errors/upstream-errors.ts'
import { toSnakeNames } from '../normalize/snake-names.ts'

/** Throws because a word of the provider reports that the model failed.
 *  @throws upstream_* (502, 503) */
export const failWith = (word: string): never => {
  throw new UnjudgedError({ error: { message: word, code: word } })
}

/** Returns the fields of a chunk or a whole response, with its choices in a list.
 *  @param given the JSON value that came
 *  @throws upstream_* if the value reports an error or is no JSON object */
export const checkFields = (given: unknown): JsonObject => {
  requireNoError(given)
  if (!isObject(given)) throw invalidResponseError()
  return Array.isArray(given['choices']) ? given : findResponse(given)
}

const requireNoError = (value: unknown): void => {
  const error = findError(value)
  if (error) throw new UnjudgedError(error)
}

/** Finds the response in an object without a list of choices: its choices are there in another shape or under another name, or it is in a
 *  wrapper that has a code of its own (gateways; Baidu `result`; DashScope `output`, with the usage beside it; Tencent
 *  `Response`; OpenRouter `provider`, pydantic-ai#3994). */
const findResponse = (given: JsonObject): JsonObject => {
  if ('Choices' in given) return findResponse(toSnakeNames(given))
  const choices = listChoices(given['choices'])
  if (choices) return checkFields(forgetTime({ ...given, choices }))
  const inner = wrapperFields
    .map((name) => given[name])
    .find((value) => isObject(value) && ('choices' in value || 'Choices' in value))
  return inner ? forgetTime({ usage: given['usage'], ...checkFields(inner) }) : given
}

const wrapperFields = ['data', 'result', 'output', 'response', 'Response', 'provider'] as const

/** The choices that are no list: a map (`{"0": {…}}`), one choice, or the JSON text of these. */
const listChoices = (value: unknown): readonly unknown[] | undefined => {
  const given = typeof value === 'string' ? parseJson(value) : value
  if (!isObject(given)) return Array.isArray(given) ? given : undefined
  return choiceFields.some((field) => field in given) ? [given] : Object.values(given)
}

const choiceFields = ['delta', 'message', 'text', 'finish_reason'] as const

/** Removes the time of fields that are not as they came. So they are not in normal form, and their event is written anew. */
const forgetTime = ({ created: _, ...fields }: JsonObject): JsonObject => fields

/** Parses the text of a chunk or a whole response.
 *  @throws upstream_* if the text reports an error or is no JSON object */
export const parseFields = (text: string): JsonObject => checkFields(parseJson(text))

/** Whether an event ends the stream: `[DONE]`, also in quotes, in lower case, with other brackets or with another word, or an object that
 *  says nothing else. */
export const isDone = ({ data }: SseEvent): boolean =>
  data[0] === '{' ? data.length < maxEndLength && endObject.test(data) : endWord.test(data)

const endWord = /^"?\[done\]|^\W{0,4}done\W{0,4}$|^[[<|]+\s*(?:end|eos)\s*[\]>|]+$/i

const maxEndLength = 40

const endObject = /^\{\s*"(?:done|is_?end|finished|data)"\s*:\s*(?:true|"\[done\]")\s*\}$/i

/** Parses the data of an event. Returns undefined if it is no chunk: a heartbeat (`null`, a number, a word, a time stamp, an
 *  object without choices and usage), or text. JSON in JSON text is opened.
 *  @throws upstream_* if the event reports an error, or broken JSON */
export const parseEvent = ({ data, isError }: Pick<SseEvent, 'data' | 'isError'>): JsonObject | undefined => {
  if (data[0] === '{' && !isError) {
    const value = parseJson(data)
    const fields = value === undefined ? forgetTime(checkFields(parseLenientJson(data))) : checkFields(value)
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
