import { readUsage } from '../../protocol/usage.ts'
import { isObject, type JsonObject } from '../../runtime/json.ts'
import {
  choiceUsageRule,
  groqUsageRule,
  groupByOperation,
  identityRule,
  objectRule,
  toolCallsReasonRule,
} from './rules.ts'

/** Fields that an object must have, each with the value that it gets if it is missing. */
type RequiredFields = Readonly<Record<string, unknown>>

const requiredChoiceFields: RequiredFields = { logprobs: null, finish_reason: 'stop' }
const requiredMessageFields: RequiredFields = { role: 'assistant', content: null, refusal: null }

const isMissingAny = (object: JsonObject, required: RequiredFields): boolean => {
  for (const field in required) if (object[field] === undefined) return true
  return false
}

const fillMissing = (object: JsonObject, required: RequiredFields): void => {
  for (const field in required) if (object[field] === undefined) object[field] = required[field]
}

/** The rules for each whole response, by operation (openai-openapi 2.3.0, `CreateChatCompletionResponse` and
 *  `CreateCompletionResponse`). */
export const responseRules = groupByOperation({
  fields: [
    identityRule,
    objectRule,
    {
      name: 'usage at the top, with its total',
      applies: ({ usage: given }, { usage }) =>
        usage !== undefined &&
        !(isObject(given) && given['total_tokens'] === usage.total_tokens && readUsage(given) !== undefined),
      apply: (fields, { usage }) => {
        fields['usage'] = usage
      },
    },
    {
      name: 'no usage that cannot be used',
      applies: ({ usage: given }, { usage }) => usage === undefined && given !== undefined,
      apply: (fields) => {
        delete fields['usage']
      },
    },
    groqUsageRule,
  ],
  choices: [
    choiceUsageRule,
    {
      name: 'every field that a choice must have',
      applies: ({ fields }) => fields['index'] === undefined || isMissingAny(fields, requiredChoiceFields),
      apply: ({ fields, index }) => fillMissing(fields, { index, ...requiredChoiceFields }),
    },
    {
      name: 'a text in each choice',
      operation: 'completions',
      applies: ({ fields }) => fields['text'] === undefined,
      apply: ({ fields }) => {
        fields['text'] = ''
      },
    },
    {
      name: 'every field that a message must have',
      operation: 'chat/completions',
      applies: ({ message }) => message !== undefined && isMissingAny(message, requiredMessageFields),
      apply: ({ message = {} }) => fillMissing(message, requiredMessageFields),
    },
    {
      name: 'no tool calls rather than null',
      operation: 'chat/completions',
      applies: ({ message }) => message?.['tool_calls'] === null,
      apply: ({ message }) => {
        delete message?.['tool_calls']
      },
    },
    toolCallsReasonRule,
  ],
})
