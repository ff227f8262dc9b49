import type { Call } from '../../protocol/call.ts'
import { isObject, type JsonObject } from '../../runtime/json.ts'
import { toChatName } from '../fields/chat-name.ts'
import { toChatId } from './chat-ids.ts'
import { joinLines, type Part, type Refuse, readBlockText, readToolOutput, toParts } from './content.ts'
import { isOwnThought } from './signature.ts'
import { type Block, readBlocks, readTurns, type Turn } from './turns.ts'

/** Turns the conversation of a request into the messages of a chat. Each tool call is answered exactly once, right after
 *  the message with the calls: providers refuse anything else.
 *  @throws invalid_value, missing_required_parameter (400, with `param`) */
export const toChatMessages = (call: Call, refuse: Refuse): JsonObject[] => {
  const turns = readTurns(call)
  if (turns.at(-1)?.role === 'assistant')
    refuse('messages', "This model cannot go on with a message of the assistant. Let the last message be the user's.")
  let calls: readonly string[] = []
  const messages = turns.flatMap((turn) => {
    if (turn.role === 'user') {
      const said = toUserMessages(turn, calls, refuse)
      calls = []
      return said
    }
    const message = toAssistantMessage(turn)
    calls = listCallIds(message)
    return message
  })
  return [...toSystemMessages(call), ...messages, ...calls.map(toInterrupted)]
}

/** Claude Code begins its system prompt with a line about its version and account. It is of no use to a model, and would
 *  keep providers from finding the prompt in their caches. */
const attribution = /^x-anthropic-billing-header:/

const toSystemMessages = (call: Call): JsonObject[] => {
  const blocks = readBlocks(call, call.body['system'], 'system')
  const content = joinLines(blocks.map(readBlockText).filter((text) => !attribution.test(text)))
  return content === '' ? [] : [{ role: 'system', content }]
}

/** A turn of the assistant is one message: its text, its tool calls, and its thoughts if they came from a chat. */
const toAssistantMessage = ({ blocks }: Turn): JsonObject[] => {
  const content = joinLines(blocks.map(readBlockText))
  const thought = blocks
    .flatMap(({ fields }) => (isOwnThought(fields) ? [String(fields['thinking'])] : []))
    .join('\n\n')
  const calls = blocks.flatMap(({ fields }) => (fields.type === 'tool_use' ? [toToolCall(fields)] : []))
  if (content === '' && calls.length === 0) return []
  return [
    {
      role: 'assistant',
      content: content === '' ? null : content,
      ...(thought !== '' && { reasoning_content: thought }),
      ...(calls.length > 0 && { tool_calls: calls }),
    },
  ]
}

const toToolCall = ({ id, name, input }: JsonObject): JsonObject => ({
  id: toChatId(String(id)),
  type: 'function',
  function: { name: toChatName(String(name)), arguments: JSON.stringify(isObject(input) ? input : {}) },
})

const listCallIds = ([message]: readonly JsonObject[]): string[] =>
  ((message?.['tool_calls'] ?? []) as readonly JsonObject[]).map(({ id }) => String(id))

/** A turn of the user: the results of the calls before it, then the rest. A result of no call is a text. */
const toUserMessages = ({ blocks }: Turn, calls: readonly string[], refuse: Refuse): JsonObject[] => {
  const results = new Map<string, JsonObject>()
  const media: Part[] = []
  const parts = blocks.flatMap((block) => {
    if (block.fields.type !== 'tool_result') return toParts([block], refuse)
    const { text, media: attached } = readToolOutput(block, refuse)
    media.push(...attached)
    const id = getResultId(block)
    if (!calls.includes(id) || results.has(id)) return [{ type: 'text', text: `[Result of a tool] ${text}` } as const]
    results.set(id, { role: 'tool', tool_call_id: id, content: text })
    return []
  })
  const missing = calls.filter((id) => !results.has(id)).map(toInterrupted)
  return [...results.values(), ...missing, ...toUserMessage([...media, ...parts])]
}

const getResultId = ({ fields: { tool_use_id: id } }: Block): string => toChatId(String(id))

/** The user has stopped the tool, or the client has lost its result. */
const toInterrupted = (id: string): JsonObject => ({ role: 'tool', tool_call_id: id, content: '[interrupted]' })

/** Texts alone are one text, because some providers take no parts. */
const toUserMessage = (parts: readonly Part[]): JsonObject[] => {
  if (parts.length === 0) return []
  const isText = parts.every(({ type }) => type === 'text')
  return [{ role: 'user', content: isText ? joinLines(parts.map(({ text }) => String(text))) : parts }]
}
