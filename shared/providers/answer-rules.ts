import type { Call } from '../protocol/call.ts'
import { isObject, type JsonObject } from '../protocol/json.ts'
import { operations } from '../protocol/operations.ts'
import type { Usage } from '../protocol/usage.ts'
import { toolCallsOf } from './choices.ts'
import type { Identity } from './identity.ts'

/** A whole answer under the rules, and what is known of it. */
export interface Answer {
  readonly fields: JsonObject
  readonly choices: readonly JsonObject[]
  readonly operation: Call['operation']
  readonly identity: Identity
  readonly usage: Usage | undefined
}

/** Fields an object must have, each with the value it gets where it has none. */
type Needs = Readonly<Record<string, unknown>>

const fill = (object: JsonObject, needs: Needs): boolean => {
  let filled = false
  for (const field in needs) {
    if (object[field] !== undefined) continue
    object[field] = needs[field]
    filled = true
  }
  return filled
}

/** What holds for every whole answer a client gets (openai-openapi 2.3.0, `CreateChatCompletionResponse` and
 *  `CreateCompletionResponse`): each rule tells whether it changed the answer. */
type AnswerRule = (answer: Answer) => boolean

/** The rules, in the order they are applied. */
const answerRules = Object.values<AnswerRule>({
  'an id, a time and the model by its name here': ({ fields, identity }) => {
    const { id, created, model } = identity
    if (fields['id'] === id && fields['created'] === created && fields['model'] === model) return false
    Object.assign(fields, identity)
    return true
  },
  "the operation's own object": ({ fields, operation }) => {
    const object = operations[operation].object.whole
    if (fields['object'] === object) return false
    fields['object'] = object
    return true
  },
  'every field that a choice must have': ({ choices }) => {
    const filled = choices.map((choice, index) => fill(choice, { index, logprobs: null, finish_reason: 'stop' }))
    return filled.includes(true)
  },
  'every field that a message must have': ({ choices, operation }) => {
    if (operation !== 'chat/completions') return choices.map((choice) => fill(choice, { text: '' })).includes(true)
    const messages = choices.map(({ message }) => message).filter(isObject)
    return messages.map((message) => fill(message, { role: 'assistant', content: null, refusal: null })).includes(true)
  },
  'no tool calls rather than null': ({ choices }) => {
    const nulls = choices
      .map(({ message }) => message)
      .filter((message) => isObject(message) && message['tool_calls'] === null)
    for (const message of nulls) delete (message as JsonObject)['tool_calls']
    return nulls.length > 0
  },
  'tool_calls as the reason where tools were called': ({ choices }) => {
    const wrong = choices.filter(
      ({ message, finish_reason: reason }) => reason === 'stop' && toolCallsOf(message).length > 0,
    )
    for (const choice of wrong) choice['finish_reason'] = 'tool_calls'
    return wrong.length > 0
  },
  'usage at the top, with its total': ({ fields, usage }) => {
    const given = isObject(fields['usage']) ? fields['usage'] : {}
    if (!usage || given['total_tokens'] === usage.total_tokens) return false
    fields['usage'] = usage
    return true
  },
})

/** Applies the rules to an answer; false when none changed it. */
export const applyAnswerRules = (answer: Answer): boolean => answerRules.map((rule) => rule(answer)).includes(true)
