import type { Call } from '../../protocol/call.ts'
import { operations } from '../../protocol/operations.ts'
import { isObject, type JsonObject } from '../../runtime/json.ts'
import { getToolCalls } from './choices.ts'
import type { Identity } from './identity.ts'
import type { Rule } from './rules.ts'

/** What one choice of a stream has shown so far. */
export interface ChoiceState {
  /** Whether a delta of it has passed. */
  begun: boolean
  /** Whether it has named its `finish_reason`. */
  finished: boolean
  /** Whether it has called a tool. */
  calledTools: boolean
  /** Ids of the tool calls that came without an index, which is their place in here. */
  readonly toolCallIds: string[]
}

/** What the rules know of the stream that a chunk is part of. */
export interface ChunkContext {
  readonly operation: Call['operation']
  readonly identity: Identity
  readonly choice: (index: unknown) => ChoiceState
}

type ChunkRule = Rule<ChunkContext>

/** A rule for each choice of a chunk. */
interface ChoiceRule {
  readonly name: string
  readonly operation?: Call['operation']
  readonly applies: (choice: JsonObject, state: ChoiceState) => boolean
  readonly apply: (choice: JsonObject, state: ChoiceState) => void
}

const forEachChunkChoice = ({ name, operation, applies, apply }: ChoiceRule): ChunkRule => ({
  name,
  applies: ({ choices }, context) => {
    if (operation !== undefined && operation !== context.operation) return false
    for (const choice of choices) if (applies(choice, context.choice(choice['index']))) return true
    return false
  },
  apply: ({ choices }, context) => {
    for (const choice of choices) {
      const state = context.choice(choice['index'])
      if (applies(choice, state)) apply(choice, state)
    }
  },
})

const chatOperation = 'chat/completions'

/** The rules for every chunk, in the order they are applied. The remark names who needs one. */
export const chunkRules: readonly ChunkRule[] = [
  {
    // Azure opens with an empty id; some servers make a new id or time for every chunk; the model may have another name.
    name: 'one id, time and model all through',
    applies: ({ fields }, { identity: { id, created, model } }) =>
      fields['id'] !== id || fields['created'] !== created || fields['model'] !== model,
    apply: ({ fields }, { identity }) => {
      fields['id'] = identity.id
      fields['created'] = identity.created
      fields['model'] = identity.model
    },
  },
  {
    name: "the operation's own object",
    applies: ({ fields }, { operation }) => fields['object'] !== operations[operation].object.chunk,
    apply: ({ fields }, { operation }) => {
      fields['object'] = operations[operation].object.chunk
    },
  },
  {
    name: 'an index for every choice',
    applies: ({ choices }) => choices.some(({ index }) => typeof index !== 'number'),
    apply: ({ choices }) => {
      for (const [position, choice] of choices.entries()) {
        if (typeof choice['index'] !== 'number') choice['index'] = position
      }
    },
  },
  forEachChunkChoice({
    // MiniMax ends a stream with a whole `chat.completion` that repeats all of it.
    name: 'deltas, not messages',
    operation: chatOperation,
    applies: ({ message }) => isObject(message),
    apply: (choice, { begun }) => {
      const { message, delta } = choice
      delete choice['message']
      choice['delta'] = isObject(delta) ? delta : begun ? {} : message
    },
  }),
  forEachChunkChoice({
    // Azure's asynchronous filter results have no delta.
    name: 'a delta in every choice',
    operation: chatOperation,
    applies: ({ delta }) => !isObject(delta),
    apply: (choice) => {
      choice['delta'] = {}
    },
  }),
  forEachChunkChoice({
    name: 'a text in every choice',
    operation: 'completions',
    applies: ({ text }) => typeof text !== 'string',
    apply: (choice) => {
      choice['text'] = ''
    },
  }),
  forEachChunkChoice({
    name: 'a finish reason, null until the end',
    applies: ({ finish_reason: reason }) => reason === undefined || reason === '',
    apply: (choice) => {
      choice['finish_reason'] = null
    },
  }),
  forEachChunkChoice({
    // `@cloudbase/js-sdk` looks for tool calls in the very first delta, so the role joins it and is no chunk of its own.
    name: 'a role in the first delta',
    operation: chatOperation,
    applies: ({ delta }, { begun }) => !begun && isObject(delta) && !delta['role'],
    apply: (choice) => {
      choice['delta'] = { role: 'assistant', ...(choice['delta'] as JsonObject) }
    },
  }),
  forEachChunkChoice({
    // StepFun names the role once and sends it empty from then on.
    name: 'no empty role',
    operation: chatOperation,
    applies: ({ delta }) => isObject(delta) && delta['role'] === '',
    apply: ({ delta }) => {
      if (isObject(delta)) delete delta['role']
    },
  }),
  forEachChunkChoice({
    // Gemini sends none, and clients put arguments together by it.
    name: 'an index for every tool call',
    operation: chatOperation,
    applies: ({ delta }) => hasUnindexedCall(delta),
    apply: ({ delta }, { toolCallIds }) => {
      for (const call of getToolCalls(delta)) call['index'] = resolveToolCallIndex(call, toolCallIds)
    },
  }),
  forEachChunkChoice({
    // Gemini says `stop` after tool calls, and clients then run none.
    name: 'tool_calls as the reason where tools were called',
    operation: chatOperation,
    applies: ({ delta, finish_reason: reason }, { calledTools }) =>
      reason === 'stop' && (calledTools || getToolCalls(delta).length > 0),
    apply: (choice) => {
      choice['finish_reason'] = 'tool_calls'
    },
  }),
]

const hasUnindexedCall = (delta: unknown): boolean =>
  isObject(delta) &&
  delta['tool_calls'] !== undefined &&
  getToolCalls(delta).some(({ index }) => typeof index !== 'number')

/** The index of a tool call without one: its id's; the next one for a new id or, without ids, a new name; else the last. */
const resolveToolCallIndex = ({ index, id, function: called }: JsonObject, ids: string[]): number => {
  if (typeof index === 'number') return index
  const known = typeof id === 'string' && id !== '' ? ids.indexOf(id) : -1
  if (known >= 0) return known
  const isNew = (typeof id === 'string' && id !== '') || (isObject(called) && Boolean(called['name']))
  if (isNew || ids.length === 0) ids.push(typeof id === 'string' ? id : '')
  return ids.length - 1
}
