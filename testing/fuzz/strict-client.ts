import { deepEqual, equal, ok } from 'node:assert/strict'
import { readAsClient } from '../rig/read-as-client.ts'
import { parseClientEvents } from './client-events.ts'

/** A client that accepts nothing but the types of the `openai` package: unknown fields aside, every field has its type, and
 *  what a stream says once comes once. */

type Fields = Record<string, unknown>

const reasons: readonly unknown[] = ['stop', 'length', 'tool_calls', 'content_filter', 'function_call']

const isObject = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
const isText = (value: unknown): boolean => typeof value === 'string'
const isTextOrNull = (value: unknown): boolean => value === null || isText(value)
const isAbsentOr =
  (isValid: (value: unknown) => boolean) =>
  (value: unknown): boolean =>
    value === undefined || isValid(value)
const isCount = (value: unknown): boolean => Number.isSafeInteger(value) && (value as number) >= 0

type Checks = Readonly<Record<string, (value: unknown) => boolean>>

const responseChecks: Checks = { id: isText, created: isCount, model: isText, choices: Array.isArray }

const messageChecks: Checks = {
  refusal: isAbsentOr(isTextOrNull),
  reasoning_content: isAbsentOr(isTextOrNull),
  tool_calls: isAbsentOr((value) => Array.isArray(value) && value.length > 0 && value.every(isObject)),
  function_call: isAbsentOr(isObject),
  audio: isAbsentOr((value) => value === null || isObject(value)),
  annotations: isAbsentOr(Array.isArray),
}

const requireFields = (fields: Fields, checks: Checks): void => {
  for (const [field, isValid] of Object.entries(checks))
    ok(isValid(fields[field]), `${field} is ${JSON.stringify(fields[field])}`)
}

/** What a stream has said of one choice. */
interface Heard {
  hasRole: boolean
  hasReason: boolean
  readonly names: string[]
  readonly ids: Set<unknown>
}

/** Requires a stream that the strictest client accepts. One that ends with an error is read up to it. */
export const requireStrictStream = async (text: string): Promise<void> => {
  const events = parseClientEvents(text)
  const heard = new Map<unknown, Heard>()
  for (const data of events) {
    if (data === '[DONE]') continue
    const chunk = JSON.parse(data) as Fields
    if ('error' in chunk) return
    requireFields(chunk, responseChecks)
    equal(chunk['object'], 'chat.completion.chunk')
    for (const choice of chunk['choices'] as Fields[]) requireStrictChoice(choice, heard)
  }
  for (const { hasReason } of heard.values()) ok(hasReason, 'a choice has no finish_reason')
  const { choices } = await readAsClient(text)
  equal(choices.length, heard.size)
}

const requireStrictChoice = (choice: Fields, heard: Map<unknown, Heard>): void => {
  requireFields(choice, {
    index: isCount,
    delta: isObject,
    finish_reason: (reason) => reason === null || isReason(reason),
  })
  const { index, delta, finish_reason: reason } = choice as { index: number; delta: Fields; finish_reason: unknown }
  const known = heard.get(index) ?? { hasRole: false, hasReason: false, names: [], ids: new Set() }
  heard.set(index, known)
  equal(delta['role'], known.hasRole ? undefined : 'assistant')
  known.hasRole = true
  requireFields(delta, { ...messageChecks, content: isAbsentOr(isTextOrNull) })
  for (const call of (delta['tool_calls'] ?? []) as Fields[]) requireStrictPiece(call, known)
  if (reason === null) return
  ok(!known.hasReason || reason === 'tool_calls', 'a choice has two reasons')
  known.hasReason = true
}

const isReason = (reason: unknown): boolean => reasons.includes(reason)

const requireStrictPiece = (call: Fields, { names, ids }: Heard): void => {
  const { index, id, type } = call
  const body = (call['function'] ?? call['custom']) as Fields
  ok(isCount(index) && (index as number) <= names.length, `the index is ${String(index)} after ${names.length} calls`)
  const isFirst = index === names.length
  if (isFirst) {
    ok(isText(id) && id !== '' && !ids.has(id), `the id is ${JSON.stringify(id)}`)
    ok(isText(type) && type !== '')
    ok(isText(body['name']) && body['name'] !== '')
    names.push(String(body['name']))
    ids.add(id)
  } else deepEqual([id, type], [undefined, undefined])
  ok(isText(body['arguments'] ?? body['input']), 'the arguments are no text')
}

/** Requires a whole response that the strictest client accepts. */
export const requireStrictCompletion = (text: string): void => {
  const completion = JSON.parse(text) as Fields
  requireFields(completion, responseChecks)
  equal(completion['object'], 'chat.completion')
  const choices = completion['choices'] as Fields[]
  ok(choices.length > 0, 'the completion has no choices')
  for (const choice of choices) {
    requireFields(choice, {
      index: isCount,
      message: isObject,
      finish_reason: isReason,
      logprobs: (value) => value === null || isObject(value),
    })
    const message = choice['message'] as Fields
    requireFields(message, {
      ...messageChecks,
      role: (role) => role === 'assistant',
      content: isTextOrNull,
      refusal: isTextOrNull,
    })
    const ids = new Set<unknown>()
    for (const call of (message['tool_calls'] ?? []) as Fields[]) requireStrictCall(call, ids)
  }
}

const requireStrictCall = (call: Fields, ids: Set<unknown>): void => {
  const { id, type } = call
  const body = (call['function'] ?? call['custom']) as Fields
  ok(isText(id) && id !== '' && !ids.has(id), `the id is ${JSON.stringify(id)}`)
  ids.add(id)
  ok(isText(type) && type !== '')
  ok(isText(body['name']) && body['name'] !== '', 'a call has no name')
  ok(isText(body['arguments'] ?? body['input']), 'the arguments are no text')
}
