import { operations } from '../../protocol/operations.ts'
import { SseSplitter } from '../../protocol/sse.ts'
import { isObject, type JsonObject } from '../../runtime/json.ts'
import { brokenResponseError, invalidResponseError } from '../errors/upstream-errors.ts'
import { getChoices, getToolCalls } from '../normalize/choices.ts'
import { stripUsage } from '../normalize/usage-fields.ts'
import { ChunkStream, type ChunkStreamOptions } from './chunk-stream.ts'

/** Puts the events of a stream together to the whole answer that was asked for. The only usage in it is the one to bill by: an
 *  earlier one, stated wherever, may not cover the text that came after it.
 *  @throws upstream_* when the stream tells an error, holds no answer or is cut */
export const assembleResponse = (text: string, options: ChunkStreamOptions): JsonObject => {
  const chunks = new ChunkStream(options)
  const splitter = new SseSplitter()
  const answer: JsonObject = {}
  const choices = new Map<unknown, JsonObject>()
  for (const event of [...splitter.push(Buffer.from(text)), ...splitter.end()]) {
    const chunk = chunks.read(event)
    if (!chunk) continue
    stripUsage(chunk.fields)
    replaceFields(answer, chunk.fields)
    for (const choice of getChoices(chunk.fields)) addChoice(choices, choice)
  }
  if (choices.size === 0) throw invalidResponseError()
  if (!chunks.complete) throw brokenResponseError('The provider broke its answer off. Try again.')
  const object = operations[options.call.operation].object.whole
  for (const { message } of choices.values()) for (const called of getToolCalls(message)) delete called['index']
  return { ...answer, object, choices: [...choices.values()], usage: chunks.billableUsage }
}

/** Takes over what a chunk says of the whole answer, the last word counts. */
const replaceFields = (answer: JsonObject, fields: JsonObject): void => {
  for (const [field, value] of Object.entries(fields)) {
    if (value !== null && field !== '__proto__') answer[field] = value
  }
}

const addChoice = (choices: Map<unknown, JsonObject>, { delta, ...choice }: JsonObject): void => {
  const whole = choices.get(choice['index']) ?? {}
  choices.set(choice['index'], whole)
  merge(whole, { ...choice, ...(isObject(delta) && { message: delta }) })
}

/** Strings that name something: some providers repeat them, none continues them (openai-node 6, `ChatCompletionStream`, replaces
 *  the name of a function likewise). */
const replacedFields: ReadonlySet<string> = new Set([
  'role',
  'id',
  'type',
  'name',
  'finish_reason',
  'native_finish_reason',
])

/** Adds what a piece says to a whole. An empty string says nothing. */
const merge = (whole: JsonObject, piece: JsonObject): void => {
  for (const [field, value] of Object.entries(piece)) {
    if (value === undefined || value === null || field === '__proto__') continue
    if (value === '' && whole[field] !== undefined) continue
    whole[field] = replacedFields.has(field) ? value : mergeValue(whole[field], value)
  }
}

/** Text is continued, objects and lists are filled up, all else is replaced. */
const mergeValue = (before: unknown, value: unknown): unknown => {
  if (typeof value === 'string' && typeof before === 'string') return before + value
  if (Array.isArray(value)) return mergeList(Array.isArray(before) ? before : [], value)
  if (isObject(value) && isObject(before)) merge(before, value)
  return isObject(value) && isObject(before) ? before : value
}

/** Tool calls come in pieces under one index; items without an index (logprobs) follow one another. */
const mergeList = (before: unknown[], pieces: unknown[]): unknown[] => {
  const list = [...before]
  for (const piece of pieces) {
    const index = isObject(piece) ? piece['index'] : undefined
    const known = index === undefined ? undefined : list.find((item) => isObject(item) && item['index'] === index)
    if (isObject(known) && isObject(piece)) merge(known, piece)
    else list.push(piece)
  }
  return list
}
