import type { TextCall } from '../../protocol/call.ts'
import type { Target } from '../../protocol/route.ts'
import { isObject, type JsonObject } from '../../runtime/json.ts'
import { getDialect } from './dialects.ts'

/** Gives the assistant's earlier turns the thoughts that a provider demands, or takes away those that it refuses. */
export const adaptEarlierThoughts = (target: Target, call: TextCall): TextCall => {
  const { earlierThoughts } = getDialect(target)
  const { messages } = call.body
  if (!earlierThoughts || !Array.isArray(messages)) return call
  const adapted = { demanded: addThoughts, refused: removeThoughts }[earlierThoughts](messages)
  return adapted.every((message, index) => message === messages[index])
    ? call
    : { ...call, body: { ...call.body, messages: adapted } }
}

/** Stands for the thoughts that a client did not keep. Kimi takes an empty text for a missing one. */
const placeholder = ' '

/** Once the assistant has called a tool, all its turns must have thoughts. */
const addThoughts = (messages: readonly unknown[]): unknown[] => {
  const hasCalls = messages.some((message) => isObject(message) && Array.isArray(message['tool_calls']))
  return messages.map((message) => {
    if (!hasCalls || !isAssistant(message) || hasText(message['reasoning_content'])) return message
    const { reasoning } = message
    return { ...message, reasoning_content: hasText(reasoning) ? reasoning : placeholder }
  })
}

const hasText = (value: unknown): boolean => typeof value === 'string' && value !== ''

/** The names under which vendors send thoughts. */
const sentThoughtFields = ['reasoning_content', 'reasoning', 'reasoning_details'] as const

const removeThoughts = (messages: readonly unknown[]): unknown[] =>
  messages.map((message) => {
    if (!isAssistant(message) || sentThoughtFields.every((field) => message[field] === undefined)) return message
    const rest = { ...message }
    for (const field of sentThoughtFields) delete rest[field]
    return rest
  })

const isAssistant = (message: unknown): message is JsonObject => isObject(message) && message['role'] === 'assistant'
