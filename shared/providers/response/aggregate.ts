import { operations } from '../../protocol/operations.ts'
import type { SseEvent } from '../../protocol/sse.ts'
import { isObject, type JsonObject } from '../../runtime/json.ts'
import { incompleteResponseError, invalidResponseError } from '../errors/upstream-errors.ts'
import type { Choice } from '../normalize/choices.ts'
import { ChunkReader } from './chunk-reader.ts'
import type { EventReader } from './event-stream.ts'

/** Joins the chunks of a stream to the whole response that the client asked for. Its only usage is the one to bill: an
 *  earlier one may not cover the text that came after it. */
export class ResponseAssembler extends ChunkReader implements EventReader {
  /** The client gets one document, so no events are written. */
  readonly writer = undefined
  private readonly fields: JsonObject = {}
  private readonly choices = new Map<number, JsonObject>()

  /** Adds the chunk of an event. The client gets nothing of it yet.
   *  @throws upstream_* if the event reports an error or is no chunk */
  next(event: SseEvent): undefined {
    const chunk = this.read(event)
    if (!chunk) return
    replaceFields(this.fields, chunk.fields)
    for (const choice of chunk.choices) addChoice(this.choices, choice)
  }

  writeEnd(): string {
    return ''
  }

  /** The whole response.
   *  @throws upstream_error (502) if it has no choices or is incomplete */
  assemble(): JsonObject {
    const choices = [...this.choices.values()]
    if (choices.length === 0) throw this.explain(invalidResponseError())
    if (!this.complete) throw this.explain(incompleteResponseError())
    const object = operations[this.options.call.operation].object.whole
    return { ...this.fields, object, choices, usage: this.billableUsage }
  }
}

/** Copies the fields of a chunk to the whole response. The last value counts. */
const replaceFields = (response: JsonObject, fields: JsonObject): void => {
  for (const [field, value] of Object.entries(fields)) {
    if (value !== null && field !== '__proto__') response[field] = value
  }
}

const addChoice = (choices: Map<number, JsonObject>, { fields, index }: Choice): void => {
  const { delta, ...rest } = fields
  const whole = choices.get(index) ?? {}
  choices.set(index, whole)
  merge(whole, { ...rest, ...(isObject(delta) && { message: delta }) })
}

/** Strings that are names. Some providers repeat them, but no provider sends them in pieces (openai-node 6,
 *  `ChatCompletionStream`, also replaces the name of a function). */
const replacedFields: ReadonlySet<string> = new Set([
  'role',
  'id',
  'type',
  'name',
  'finish_reason',
  'native_finish_reason',
])

/** Adds the fields of a piece to a whole. An empty string adds nothing. */
const merge = (whole: JsonObject, piece: JsonObject): void => {
  for (const [field, value] of Object.entries(piece)) {
    if (value === undefined || value === null || field === '__proto__') continue
    if (value === '' && whole[field] !== undefined) continue
    whole[field] = replacedFields.has(field) ? value : mergeValue(whole[field], value)
  }
}

/** Appends text, fills up objects and lists, and replaces everything else. */
const mergeValue = (before: unknown, value: unknown): unknown => {
  if (typeof value === 'string' && typeof before === 'string') return before + value
  if (Array.isArray(value)) return mergeList(Array.isArray(before) ? before : [], value)
  if (!isObject(value)) return value
  const whole = isObject(before) ? before : {}
  merge(whole, value)
  return whole
}

/** The pieces of a tool call have the same index. Items without an index (logprobs) are appended. */
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
