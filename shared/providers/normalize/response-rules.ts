import type { Call } from '../../protocol/call.ts'
import { operations } from '../../protocol/operations.ts'
import type { Usage } from '../../protocol/usage.ts'
import { isObject, type JsonObject } from '../../runtime/json.ts'
import { toolCallsOf } from './choices.ts'
import type { Identity } from './identity.ts'
import type { Rule } from './rules.ts'

/** What the rules know of the answer. */
export interface AnswerContext {
  readonly operation: Call['operation']
  readonly identity: Identity
  readonly usage: Usage | undefined
}

type AnswerRule = Rule<AnswerContext>

/** A rule for each choice of an answer, or for the message of each. */
interface PartRule {
  readonly name: string
  readonly operation?: Call['operation']
  readonly applies: (part: JsonObject) => boolean
  readonly apply: (part: JsonObject, position: number) => void
}

const forEachChoice = ({ name, operation, applies, apply }: PartRule): AnswerRule => ({
  name,
  applies: ({ choices }, context) => (operation ?? context.operation) === context.operation && choices.some(applies),
  apply: ({ choices }) => {
    for (const [position, choice] of choices.entries()) if (applies(choice)) apply(choice, position)
  },
})

const forEachMessage = ({ name, applies, apply }: PartRule): AnswerRule =>
  forEachChoice({
    name,
    operation: 'chat/completions',
    applies: ({ message }) => isObject(message) && applies(message),
    apply: ({ message }, position) => apply(message as JsonObject, position),
  })

/** Fields that something must have, each with the value it gets where it has none. */
type Needs = Readonly<Record<string, unknown>>

const choiceNeeds: Needs = { logprobs: null, finish_reason: 'stop' }
const messageNeeds: Needs = { role: 'assistant', content: null, refusal: null }

const lacks = (object: JsonObject, needs: Needs): boolean => {
  for (const field in needs) if (object[field] === undefined) return true
  return false
}

const fill = (object: JsonObject, needs: Needs): void => {
  for (const field in needs) if (object[field] === undefined) object[field] = needs[field]
}

/** The rules for every whole answer (openai-openapi 2.3.0, `CreateChatCompletionResponse` and `CreateCompletionResponse`), in the
 *  order they are applied. */
export const answerRules: readonly AnswerRule[] = [
  {
    name: 'an id, a time and the model by its name here',
    applies: ({ fields }, { identity: { id, created, model } }) =>
      fields['id'] !== id || fields['created'] !== created || fields['model'] !== model,
    apply: ({ fields }, { identity }) => {
      Object.assign(fields, identity)
    },
  },
  {
    name: "the operation's own object",
    applies: ({ fields }, { operation }) => fields['object'] !== operations[operation].object.whole,
    apply: ({ fields }, { operation }) => {
      fields['object'] = operations[operation].object.whole
    },
  },
  forEachChoice({
    name: 'every field that a choice must have',
    applies: (choice) => choice['index'] === undefined || lacks(choice, choiceNeeds),
    apply: (choice, index) => fill(choice, { index, ...choiceNeeds }),
  }),
  forEachChoice({
    name: 'a text in every choice',
    operation: 'completions',
    applies: ({ text }) => text === undefined,
    apply: (choice) => {
      choice['text'] = ''
    },
  }),
  forEachMessage({
    name: 'every field that a message must have',
    applies: (message) => lacks(message, messageNeeds),
    apply: (message) => fill(message, messageNeeds),
  }),
  forEachMessage({
    name: 'no tool calls rather than null',
    applies: ({ tool_calls: calls }) => calls === null,
    apply: (message) => {
      delete message['tool_calls']
    },
  }),
  forEachChoice({
    name: 'tool_calls as the reason where tools were called',
    applies: ({ message, finish_reason: reason }) => reason === 'stop' && toolCallsOf(message).length > 0,
    apply: (choice) => {
      choice['finish_reason'] = 'tool_calls'
    },
  }),
  {
    name: 'usage at the top, with its total',
    applies: ({ fields: { usage: given } }, { usage }) =>
      usage !== undefined && !(isObject(given) && given['total_tokens'] === usage.total_tokens),
    apply: ({ fields }, { usage }) => {
      fields['usage'] = usage
    },
  },
]
