import type { Usage } from '../../protocol/usage.ts'
import { isObject, type JsonObject, parseJson } from '../../runtime/json.ts'
import { toBlockId, toMessageId } from './chat-ids.ts'
import { type CallPiece, readChatContent } from './chat-message.ts'
import { toMessageUsage } from './message-usage.ts'
import type { ReplyFacts } from './reply-facts.ts'
import { signThought } from './signature.ts'
import { toStop } from './stop-reason.ts'

/** Turns a whole chat into a message. A text has no `citations`: the AI SDK refuses null for them. */
export const toMessage = (chat: JsonObject, usage: Usage, facts: ReplyFacts): JsonObject => {
  const choices = Array.isArray(chat['choices']) ? (chat['choices'] as unknown[]) : []
  const choice = isObject(choices[0]) ? choices[0] : {}
  const { thought, text, calls } = readChatContent(isObject(choice['message']) ? choice['message'] : {})
  const id = toMessageId(chat['id'])
  const content: JsonObject[] = [
    ...(thought === '' ? [] : [{ type: 'thinking', thinking: thought, signature: signThought(id) }]),
    ...(text === '' ? [] : [{ type: 'text', text }]),
    ...calls.map((call) => toToolUse(call, facts)),
  ]
  const { finish_reason: reason, stop_reason: matched } = choice
  return {
    ...createMessage(id, facts),
    content: content.length > 0 ? content : [{ type: 'text', text: '' }],
    ...toStop({ reason, matched, callsTools: calls.length > 0 }, facts),
    usage: { ...toMessageUsage(usage), service_tier: 'standard' },
  }
}

/** A message without content, end and usage (Anthropic API reference, `Message`). */
export const createMessage = (id: string, { model }: ReplyFacts): JsonObject => ({
  id,
  type: 'message',
  role: 'assistant',
  model,
  container: null,
  content: [],
  stop_reason: null,
  stop_sequence: null,
  stop_details: null,
})

/** Clients take the input for an object. Arguments that are none become an empty one. */
const toToolUse = (call: CallPiece, facts: ReplyFacts): JsonObject => {
  const input = parseJson(call.arguments)
  return createToolUse(call, isObject(input) ? input : {}, facts)
}

/** A block that calls a tool (Anthropic API reference, `ToolUseBlock`). */
export const createToolUse = (
  { id, name }: Pick<CallPiece, 'id' | 'name'>,
  input: JsonObject,
  { toToolName }: ReplyFacts,
): JsonObject => ({
  ...{ type: 'tool_use', id: toBlockId(id ?? ''), name: toToolName(name), input },
  caller: { type: 'direct' },
})
