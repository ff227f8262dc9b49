import type { Call } from '../../protocol/call.ts'
import { operations } from '../../protocol/operations.ts'
import type { Usage } from '../../protocol/usage.ts'
import { isObject, type JsonObject } from '../../runtime/json.ts'
import { getToolCalls } from './choices.ts'
import type { Identity } from './identity.ts'
import type { Rule } from './rules.ts'

/** What the rules know of the answer. */
export interface ResponseContext {
  readonly operation: Call['operation']
  readonly identity: Identity
  readonly usage: Usage | undefined
}

type ResponseRule = Rule<ResponseContext>

/** A rule for each choice of an answer, or for the message of each. */
interface PartRule {
  readonly name: string
  readonly operation?: Call['operation']
  readonly applies: (part: JsonObject) => boolean
  readonly apply: (part: JsonObject, position: number) => void
}

const forEachWholeChoice = ({ name, operation, applies, apply }: PartRule): ResponseRule => ({
  name,
  applies: ({ choices }, context) => (operation ?? context.operation) === context.operation && choices.some(applies),
  apply: ({ choices }) => {
    for (const [position, choice] of choices.entries()) if (applies(choice)) apply(choice, position)
  },
})

const forEachMessage = ({ name, applies, apply }: PartRule): ResponseRule =>
  forEachWholeChoice({
    name,
    operation: 'chat/completions',
    applies: ({ message }) => isObject(message) && applies(message),
    apply: ({ message }, position) => apply(message as JsonObject, position),
  })

/** Fields that something must have, each with the value it gets where it has none. */
type RequiredFields = Readonly<Record<string, unknown>>

const requiredChoiceFields: RequiredFields = { logprobs: null, finish_reason: 'stop' }
const requiredMessageFields: RequiredFields = { role: 'assistant', content: null, refusal: null }

const isMissingAny = (object: JsonObject, needs: RequiredFields): boolean => {
  for (const field in needs) if (object[field] === undefined) return true
  return false
}

const fillMissing = (object: JsonObject, needs: RequiredFields): void => {
  for (const field in needs) if (object[field] === undefined) object[field] = needs[field]
}

/** The rules for every whole answer (openai-openapi 2.3.0, `CreateChatCompletionResponse` and `CreateCompletionResponse`), in the
 *  order they are applied. */
export const responseRules: readonly ResponseRule[] = [
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
  forEachWholeChoice({
    name: 'every field that a choice must have',
    applies: (choice) => choice['index'] === undefined || isMissingAny(choice, requiredChoiceFields),
    apply: (choice, index) => fillMissing(choice, { index, ...requiredChoiceFields }),
  }),
  forEachWholeChoice({
    name: 'a text in every choice',
    operation: 'completions',
    applies: ({ text }) => text === undefined,
    apply: (choice) => {
      choice['text'] = ''
    },
  }),
  forEachMessage({
    name: 'every field that a message must have',
    applies: (message) => isMissingAny(message, requiredMessageFields),
    apply: (message) => fillMissing(message, requiredMessageFields),
  }),
  forEachMessage({
    name: 'no tool calls rather than null',
    applies: ({ tool_calls: calls }) => calls === null,
    apply: (message) => {
      delete message['tool_calls']
    },
  }),
  forEachWholeChoice({
    name: 'tool_calls as the reason where tools were called',
    applies: ({ message, finish_reason: reason }) => reason === 'stop' && getToolCalls(message).length > 0,
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
