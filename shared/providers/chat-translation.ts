import type { Call, TextCall } from '../protocol/call.ts'
import { GatewayError } from '../protocol/errors.ts'
import type { operations } from '../protocol/operations.ts'
import { isObject, type JsonObject } from '../runtime/json.ts'
import { getChoices } from './normalize/normalize.ts'
import type { RuleTarget } from './normalize/rules.ts'

/** The `object` of a completion, whole and in chunks. The table of operations is not imported for it, because all the
 *  schemas would be bundled too. */
const completionObject: (typeof operations)['completions']['object']['whole' | 'chunk'] = 'text_completion'

/** Fields of a completion that chat has no equivalent for. A request that needs one is refused. */
const untranslatableFields: Readonly<Record<string, (value: unknown) => boolean>> = {
  suffix: (value) => value !== undefined && value !== null && value !== '',
  best_of: (value) => typeof value === 'number' && value > 1,
  logprobs: (value) => value !== undefined && value !== null && value !== false,
}

/** The prompts of a completion that goes by way of chat.
 *  @throws invalid_value (400, with `param`) if chat cannot do what the call asks */
export const getPrompts = ({ body, stream }: Call): string[] => {
  for (const [field, isNeeded] of Object.entries(untranslatableFields)) {
    if (isNeeded(body[field]))
      throw untranslatableFieldError(field, `This model is a chat model and cannot do '${field}'. Leave it out.`)
  }
  const { prompt } = body
  const prompts: unknown[] = Array.isArray(prompt) ? prompt : [prompt]
  const texts = prompts.filter((item) => typeof item === 'string')
  if (texts.length < prompts.length || texts.length === 0)
    throw untranslatableFieldError('prompt', "This model is a chat model and takes no tokens. Send 'prompt' as text.")
  if (stream && texts.length > 1)
    throw untranslatableFieldError(
      'prompt',
      'This model streams one prompt at a time. Send one, or set stream to false.',
    )
  return texts
}

const untranslatableFieldError = (param: string, message: string): GatewayError =>
  new GatewayError(400, 'invalid_value', message, { param })

/** Fields of a completion that chat does not have. */
const lostFields = ['echo', 'suffix', 'best_of', 'logprobs'] as const

/** Whether a call has fields that its chat call lacks. Then the chat call may succeed although the call itself is
 *  invalid. */
export const hasLostFields = ({ body }: Call): boolean => lostFields.some((field) => body[field] !== undefined)

/** The chat call for one prompt. */
export const toChatCall = (call: Call, prompt: string): TextCall => {
  const { prompt: _prompt, ...body }: JsonObject = call.body
  for (const field of lostFields) delete body[field]
  const messages = [{ role: 'user', content: prompt }]
  return { ...call, operation: 'chat/completions', body: { ...body, messages }, source: undefined }
}

/** Joins the chat responses to the prompts of a completion. Choices are numbered across all prompts. */
export const toCompletion = (call: Call, prompts: readonly string[], responses: readonly JsonObject[]): JsonObject => {
  const choices = responses.flatMap((response, position) =>
    getChoices(response)
      .filter(isObject)
      .map((choice) => toTextChoice(choice, call.body['echo'] === true ? prompts[position] : '')),
  )
  const [first = {}] = responses
  return {
    ...first,
    id: toCompletionId(first['id']),
    object: completionObject,
    choices: choices.map((choice, index) => ({ ...choice, index })),
  }
}

/** Creates a function that turns the chunks of a chat stream into those of a completion. It drops chunks that add no
 *  text, except the last. */
export const createToCompletionChunk = (
  call: Call,
  prompt: string,
): ((chunk: RuleTarget) => JsonObject | undefined) => {
  const echoed = new Set<number>()
  const getEcho = (index: number): string => {
    if (call.body['echo'] !== true || echoed.has(index)) return ''
    echoed.add(index)
    return prompt
  }
  return (chunk) => {
    const choices = chunk.choices.map(({ fields, index }) => toTextChoice(fields, getEcho(index)))
    if (choices.length > 0 && choices.every((choice) => choice['text'] === '' && choice['finish_reason'] === null))
      return undefined
    return { ...chunk.fields, id: toCompletionId(chunk.fields['id']), object: completionObject, choices }
  }
}

const toTextChoice = ({ index, delta, message = delta, finish_reason: reason }: JsonObject, echo = ''): JsonObject => {
  const content = isObject(message) && typeof message['content'] === 'string' ? message['content'] : ''
  return { index, text: echo + content, logprobs: null, finish_reason: toFinishReason(reason) }
}

/** A completion has no tools. */
const toFinishReason = (reason: unknown): unknown =>
  reason === 'tool_calls' || reason === 'function_call' ? 'stop' : (reason ?? null)

const toCompletionId = (id: unknown): string => `cmpl-${String(id).replace(/^chatcmpl-/, '')}`
