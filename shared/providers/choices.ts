import { isObject, type JsonObject } from '../protocol/json.ts'

/** The choices of an answer or chunk. */
export const choicesOf = ({ choices }: JsonObject): JsonObject[] =>
  Array.isArray(choices) ? choices.filter(isObject) : []

/** The tool calls of a message or delta. */
export const toolCallsOf = (message: unknown): JsonObject[] => {
  const calls = isObject(message) ? message['tool_calls'] : undefined
  return Array.isArray(calls) ? calls.filter(isObject) : none
}

const none: JsonObject[] = []

const textFields = ['content', 'reasoning_content', 'reasoning', 'refusal'] as const

/** All text that a choice holds or adds, of whatever kind the provider bills as output. */
export const textOf = ({ delta, message = delta, text }: JsonObject): string => {
  if (typeof text === 'string') return text
  if (!isObject(message)) return ''
  let said = ''
  for (const field of textFields) said += textIn(message[field])
  return message['tool_calls'] ? said + toolCallsOf(message).map(argumentsOf).join('') : said
}

/** The text of a field: a string, or parts that hold text or, within a thought, parts again (Mistral's reasoning models). */
const textIn = (value: unknown, depth = 0): string => {
  if (typeof value === 'string') return value
  if (!Array.isArray(value) || depth > maxDepth) return ''
  return value
    .filter(isObject)
    .map((part) => textIn(part['thinking'], depth + 1) + textIn(part['text'], depth + 1))
    .join('')
}

/** How deep parts are looked for within parts. */
const maxDepth = 2

const argumentsOf = ({ function: called }: JsonObject): string =>
  isObject(called) ? `${called['name'] ?? ''}${called['arguments'] ?? ''}` : ''
