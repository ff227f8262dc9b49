import { isObject, type JsonObject } from '../../runtime/json.ts'
import { setDelta } from './choices.ts'
import {
  choiceUsageRule,
  groqUsageRule,
  groupByOperation,
  identityRule,
  objectRule,
  toolCallsReasonRule,
} from './rules.ts'

/** The rules for each chunk, by operation. The comments name the providers that need them. */
export const chunkRules = groupByOperation({
  fields: [identityRule, objectRule, groqUsageRule],
  choices: [
    choiceUsageRule,
    {
      name: 'an index for each choice',
      applies: ({ fields, index }) => fields['index'] !== index,
      apply: ({ fields, index }) => {
        fields['index'] = index
      },
    },
    {
      // MiniMax ends a stream with a whole `chat.completion` that repeats all of it.
      name: 'deltas, not messages',
      operation: 'chat/completions',
      applies: ({ message }) => message !== undefined,
      apply: (choice) => {
        const { fields, delta, message = {}, state } = choice
        delete fields['message']
        choice.message = undefined
        setDelta(choice, delta ?? (state.begun ? {} : message))
      },
    },
    {
      // Azure's asynchronous filter results have no delta.
      name: 'a delta in each choice',
      operation: 'chat/completions',
      applies: ({ delta }) => delta === undefined,
      apply: (choice) => setDelta(choice, {}),
    },
    {
      name: 'a text in each choice',
      operation: 'completions',
      applies: ({ fields }) => typeof fields['text'] !== 'string',
      apply: ({ fields }) => {
        fields['text'] = ''
      },
    },
    {
      name: 'a finish reason, null until the end',
      applies: ({ fields: { finish_reason: reason } }) => reason === undefined || reason === '',
      apply: ({ fields }) => {
        fields['finish_reason'] = null
      },
    },
    {
      // `@cloudbase/js-sdk` looks for tool calls in the very first delta, so the role is added to it, not sent before.
      name: 'a role in the first delta',
      operation: 'chat/completions',
      applies: ({ delta, state }) => !state.begun && !delta?.['role'],
      apply: (choice) => {
        const { role: _, ...delta } = choice.delta ?? {}
        setDelta(choice, { role: 'assistant', ...delta })
      },
    },
    {
      // StepFun sends the role once, and an empty one from then on.
      name: 'no empty role',
      operation: 'chat/completions',
      applies: ({ delta }) => delta?.['role'] === '',
      apply: ({ delta }) => {
        delete delta?.['role']
      },
    },
    {
      // Gemini sends none. Clients join the arguments of a call by it.
      name: 'an index for each tool call',
      operation: 'chat/completions',
      applies: ({ toolCalls }) => toolCalls.some(({ index }) => typeof index !== 'number'),
      apply: ({ toolCalls, state }) => {
        for (const call of toolCalls) call['index'] = resolveToolCallIndex(call, state.toolCallIds)
      },
    },
    toolCallsReasonRule,
  ],
})

/** The index of a tool call that came without one: that of its id; the next one for a new id or, without ids, for a new
 *  name; otherwise the last one. */
const resolveToolCallIndex = ({ index, id, function: called }: JsonObject, ids: string[]): number => {
  if (typeof index === 'number') return index
  const known = typeof id === 'string' && id !== '' ? ids.indexOf(id) : -1
  if (known >= 0) return known
  const isNew = (typeof id === 'string' && id !== '') || (isObject(called) && Boolean(called['name']))
  if (isNew || ids.length === 0) ids.push(typeof id === 'string' ? id : '')
  return ids.length - 1
}
