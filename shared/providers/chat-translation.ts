import type { Call } from '../protocol/call.ts'
import { GatewayError } from '../protocol/errors.ts'
import type { operations } from '../protocol/operations.ts'
import { isObject, type JsonObject } from '../runtime/json.ts'
import { getChoices } from './normalize/choices.ts'

/** What a completion calls itself, whole and in chunks. Its table is not loaded for that: all the schemas would come with it. */
const completionObject: (typeof operations)['completions']['object']['whole' | 'chunk'] = 'text_completion'

/** Fields of a completion that chat has nothing for; a request that needs one is refused, never answered without it. */
const untranslatableFields: Readonly<Record<string, (value: unknown) => boolean>> = {
  suffix: (value) => value !== undefined && value !== null && value !== '',
  best_of: (value) => typeof value === 'number' && value > 1,
  logprobs: (value) => value !== undefined && value !== null && value !== false,
}

/** The prompts of a completion that goes by way of chat.
 *  @throws invalid_value (400, with `param`) for what chat cannot do */
export const getPrompts = ({ body, stream }: Call): string[] => {
  for (const [field, isNeeded] of Object.entries(untranslatableFields)) {
    if (isNeeded(body[field]))
      throw invalidFieldError(field, `This model is a chat model and cannot do '${field}'. Leave it out.`)
  }
  const { prompt } = body
  const prompts: unknown[] = Array.isArray(prompt) ? prompt : [prompt]
  const texts = prompts.filter((item) => typeof item === 'string')
  if (texts.length < prompts.length || texts.length === 0)
    throw invalidFieldError('prompt', "This model is a chat model and takes no tokens. Send 'prompt' as text.")
  if (stream && texts.length > 1)
    throw invalidFieldError('prompt', 'This model streams one prompt at a time. Send one, or set stream to false.')
  return texts
}

const invalidFieldError = (param: string, message: string): GatewayError =>
  new GatewayError(400, 'invalid_value', message, { param })

/** Fields of a completion that chat does not know. */
const lostFields = ['echo', 'suffix', 'best_of', 'logprobs'] as const

/** Whether a call has fields that its chat call has not, so that the one may succeed where the other is wrong. */
export const hasLostFields = ({ body }: Call): boolean => lostFields.some((field) => body[field] !== undefined)

/** The chat call for one prompt. */
export const toChatCall = (call: Call, prompt: string): Call => {
  const { prompt: _prompt, ...body }: JsonObject = call.body
  for (const field of lostFields) delete body[field]
  const messages = [{ role: 'user', content: prompt }]
  return { ...call, operation: 'chat/completions', body: { ...body, messages }, source: undefined }
}

/** The completion made of the chat answers to its prompts. Choices are numbered through, prompt by prompt. */
export const toCompletion = (call: Call, prompts: readonly string[], answers: readonly JsonObject[]): JsonObject => {
  const choices = answers.flatMap((answer, position) =>
    getChoices(answer).map((choice) => toTextChoice(choice, call.body['echo'] === true ? prompts[position] : '')),
  )
  const [first = {}] = answers
  return {
    ...first,
    id: toCompletionId(first['id']),
    object: completionObject,
    choices: choices.map((choice, index) => ({ ...choice, index })),
  }
}

/** Turns the chunks of a chat stream into those of a completion. Chunks that add no text are dropped, but for the last. */
export const createToCompletionChunk = (
  call: Call,
  prompt: string,
): ((chunk: JsonObject) => JsonObject | undefined) => {
  const echoed = new Set<unknown>()
  const echoOf = (index: unknown): string => {
    if (call.body['echo'] !== true || echoed.has(index)) return ''
    echoed.add(index)
    return prompt
  }
  return (chunk) => {
    const given = getChoices(chunk)
    const choices = given.map((choice) => toTextChoice(choice, echoOf(choice['index'])))
    if (given.length > 0 && choices.every((choice) => choice['text'] === '' && choice['finish_reason'] === null))
      return undefined
    return { ...chunk, id: toCompletionId(chunk['id']), object: completionObject, choices }
  }
}

const toTextChoice = ({ index, message, delta, finish_reason: reason }: JsonObject, echo = ''): JsonObject => {
  const said = isObject(message) ? message : isObject(delta) ? delta : {}
  const content = typeof said['content'] === 'string' ? said['content'] : ''
  return { index, text: echo + content, logprobs: null, finish_reason: toFinishReason(reason) }
}

/** A completion knows no tools. */
const toFinishReason = (reason: unknown): unknown =>
  reason === 'tool_calls' || reason === 'function_call' ? 'stop' : (reason ?? null)

const toCompletionId = (id: unknown): string => `cmpl-${String(id).replace(/^chatcmpl-/, '')}`
