import { isObject, type JsonObject } from '../../runtime/json.ts'
import type { Choice } from './choices.ts'
import { flattenContent, flattenText, hasOtherThought, hasPlainContent, readThought } from './content.ts'
import { removeFieldsBeside } from './message.ts'
import type { Rule } from './rules.ts'
import { getBody } from './tool-calls/tool-call-piece.ts'
import type { ToolPiece } from './tool-calls/tool-turns.ts'

const isTextOrNull = (value: unknown): boolean => typeof value === 'string' || value === null

/** A rule for a field of a message, or of a delta, which has the same fields. */
const messageRule = (field: string, rest: Pick<Rule<Choice>, 'form' | 'isNormal' | 'repair'>): Rule<Choice> => ({
  path: `choices[].message.${field}`,
  operation: 'chat/completions',
  ...rest,
})

/** A rule for a field that may be absent. One of another type is removed. */
const optionalField = (field: string, isValid: (value: unknown) => boolean): Rule<Choice> =>
  messageRule(field, {
    isNormal: ({ message }) => message[field] === undefined || isValid(message[field]),
    repair: ({ message }) => {
      delete message[field]
    },
  })

/** The form of a message. In a chunk it is the delta. */
export const messageRules: readonly Rule<Choice>[] = [
  {
    // Azure's asynchronous filter results have no delta. MiniMax ends a stream with a message.
    path: 'choices[].delta',
    operation: 'chat/completions',
    form: 'chunk',
    isNormal: ({ fields, message }) => fields['delta'] === message && fields['message'] === undefined,
    repair: ({ fields, message }) => {
      if (fields['delta'] !== message) removeFieldsBeside(fields, message)
      fields['delta'] = message
      delete fields['message']
    },
  },
  {
    path: 'choices[].message',
    operation: 'chat/completions',
    form: 'whole',
    isNormal: ({ fields, message }) => fields['message'] === message && fields['delta'] === undefined,
    repair: ({ fields, message }) => {
      if (fields['message'] !== message) removeFieldsBeside(fields, message)
      fields['message'] = message
      delete fields['delta']
    },
  },
  // `@cloudbase/js-sdk` looks for tool calls in the very first delta, so the role is added to it, not sent before. Zhipu
  // and Hunyuan repeat it, StepFun sends an empty one.
  messageRule('role', {
    isNormal: ({ message, state: { begun } }) => message['role'] === (begun ? undefined : 'assistant'),
    repair: ({ message, state: { begun } }) => {
      if (begun) delete message['role']
      else message['role'] = 'assistant'
    },
  }),
  // Mistral's reasoning models.
  messageRule('content', {
    isNormal: ({ message }) => hasPlainContent(message),
    repair: ({ message }) => flattenContent(message),
  }),
  messageRule('content', {
    form: 'whole',
    isNormal: ({ message }) => message['content'] !== undefined,
    repair: ({ message }) => {
      message['content'] = null
    },
  }),
  // vLLM has both names in some versions, which is the form for all: a client that reads one of them finds it.
  messageRule('reasoning_content', {
    isNormal: ({ message }) => {
      const given = message['reasoning_content']
      if (given !== undefined && !isTextOrNull(given)) return false
      return given ? true : !hasOtherThought(message) || readThought(message) === ''
    },
    repair: ({ message }) => {
      message['reasoning_content'] = readThought(message)
    },
  }),
  // The Vercel AI SDK refuses a message whose `reasoning` is no text.
  optionalField('reasoning', isTextOrNull),
  messageRule('refusal', {
    isNormal: ({ message: { refusal } }) => refusal === undefined || isTextOrNull(refusal),
    repair: ({ message }) => {
      message['refusal'] = flattenText(message['refusal']) || null
    },
  }),
  messageRule('refusal', {
    form: 'whole',
    isNormal: ({ message }) => message['refusal'] !== undefined,
    repair: ({ message }) => {
      message['refusal'] = null
    },
  }),
  optionalField('usage', () => false),
  optionalField('finish_reason', () => false),
  optionalField('annotations', Array.isArray),
  optionalField('audio', (value) => value === null || isObject(value)),
  // openai-node takes a function called in the old way for the whole message, even an empty one beside tool calls.
  messageRule('function_call', {
    isNormal: ({ message: { function_call: called }, functionPiece }) => {
      if (!functionPiece || called === undefined) return called === undefined && !functionPiece
      const { name, arguments: added } = functionPiece
      return isObject(called) && called['name'] === name && called['arguments'] === added
    },
    repair: ({ message, functionPiece }) => {
      if (functionPiece) message['function_call'] = toFunctionCall(message['function_call'], functionPiece)
      else delete message['function_call']
    },
  }),
  messageRule('tool_calls', {
    isNormal: ({ message: { tool_calls: calls }, toolPieces }) =>
      calls === undefined
        ? toolPieces.length === 0
        : Array.isArray(calls) &&
          calls.length > 0 &&
          calls.length === toolPieces.length &&
          toolPieces.every(({ fields }, position) => fields === calls[position]),
    repair: ({ message, toolPieces }) => {
      if (toolPieces.length > 0) message['tool_calls'] = toolPieces.map(({ fields }) => fields)
      else delete message['tool_calls']
    },
  }),
]

const toFunctionCall = (given: unknown, { name, arguments: added }: ToolPiece): JsonObject => ({
  ...(isObject(given) ? given : {}),
  name,
  arguments: added,
})

/** The form of a piece of a tool call. The calls are numbered from 0 without gaps, and id, type and name are said
 *  once. */
export const toolCallRules: readonly Rule<ToolPiece>[] = [
  {
    path: 'tool_calls[].index',
    form: 'chunk',
    isNormal: ({ fields, call }) => fields['index'] === call.index,
    repair: ({ fields, call }) => {
      fields['index'] = call.index
    },
  },
  {
    // A whole response lists its calls in their order. Some servers number all of them 0.
    path: 'tool_calls[].index',
    form: 'whole',
    isNormal: ({ fields }) => fields['index'] === undefined,
    repair: ({ fields }) => {
      delete fields['index']
    },
  },
  {
    path: 'tool_calls[].id',
    isNormal: ({ fields, isFirst, call }) => fields['id'] === (isFirst ? call.id : undefined),
    repair: ({ fields, isFirst, call }) => {
      if (isFirst) fields['id'] = call.id
      else delete fields['id']
    },
  },
  {
    path: 'tool_calls[].type',
    isNormal: ({ fields, isFirst }) => fields['type'] === (isFirst ? getCallType(fields) : undefined),
    repair: ({ fields, isFirst }) => {
      if (isFirst) fields['type'] = getCallType(fields)
      else delete fields['type']
    },
  },
  {
    path: 'tool_calls[].function',
    isNormal: ({ fields: { function: called, custom } }) => isObject(called) || isObject(custom),
    repair: ({ fields }) => {
      for (const field of flatFields) delete fields[field]
      fields['function'] = {}
    },
  },
  {
    path: 'tool_calls[].function.name',
    isNormal: ({ fields, name }) => getBody(fields)['name'] === name,
    repair: ({ fields, name }) => {
      const body = getBody(fields)
      if (name === undefined) delete body['name']
      else body['name'] = name
    },
  },
  {
    path: 'tool_calls[].function.arguments',
    isNormal: ({ fields, arguments: added }) => getBody(fields)[getTextField(fields)] === added,
    repair: ({ fields, arguments: added }) => {
      getBody(fields)[getTextField(fields)] = added
    },
  },
]

const getCallType = ({ custom }: JsonObject): string => (isObject(custom) ? 'custom' : 'function')

/** The fields of a call without the inner object. */
const flatFields = ['name', 'arguments', 'parameters', 'input', 'args'] as const

const getTextField = ({ function: called }: JsonObject): 'arguments' | 'input' =>
  isObject(called) ? 'arguments' : 'input'
