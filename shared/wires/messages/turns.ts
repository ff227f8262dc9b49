import type { Call } from '../../protocol/call.ts'
import { isObject, type JsonObject } from '../../runtime/json.ts'
import { invalidFieldError } from '../fields/request-fields.ts'

/** The messages of one side, up to the next message of the other. */
export interface Turn {
  readonly role: 'user' | 'assistant'
  readonly blocks: readonly Block[]
}

/** A block of content, and its place in the request, such as `messages.0.content.1`. */
export interface Block {
  readonly fields: JsonObject & { readonly type: string }
  readonly place: string
}

/** Reads the messages of a request as turns: neighbours of the same role are one. A system message within the conversation
 *  is a reminder in the user's turn, because many providers take system messages at the beginning only.
 *  @throws invalid_value, missing_required_parameter (400, with `param`) */
export const readTurns = (call: Call): Turn[] => {
  const { messages } = call.body
  if (!Array.isArray(messages) || messages.length === 0)
    throw invalidFieldError(call, 'messages', "'messages' must be an array of at least one message.")
  const turns: { role: Turn['role']; blocks: Block[] }[] = []
  for (const [index, message] of (messages as unknown[]).entries()) {
    const place = `messages.${index}`
    const { role, content } = isObject(message) ? message : {}
    if (role !== 'user' && role !== 'assistant' && role !== 'system')
      throw invalidFieldError(call, place, `'${place}.role' must be user, assistant or system.`)
    const blocks = readBlocks(call, content, `${place}.content`)
    const said = role === 'system' ? blocks.map(toReminder) : blocks
    const speaker = role === 'assistant' ? role : 'user'
    const last = turns.at(-1)
    if (last?.role === speaker) last.blocks.push(...said)
    else turns.push({ role: speaker, blocks: [...said] })
  }
  return turns
}

const toReminder = ({ fields, place }: Block): Block => ({
  place,
  fields: { ...fields, text: `<system-reminder>\n${String(fields['text'] ?? '')}\n</system-reminder>` },
})

/** Reads content: a text, or blocks. Nothing is no block.
 *  @throws invalid_value (400, with `param`) */
export const readBlocks = (call: Call, content: unknown, place: string): Block[] => {
  if (content === undefined || content === null) return []
  if (typeof content === 'string') return [{ fields: { type: 'text', text: content }, place }]
  if (!Array.isArray(content)) throw invalidFieldError(call, place, `'${place}' must be a text or an array of blocks.`)
  return (content as unknown[]).map((block, index) => {
    const own = `${place}.${index}`
    if (isObject(block) && typeof block['type'] === 'string') return { fields: block as Block['fields'], place: own }
    throw invalidFieldError(call, own, `'${own}' must be a block with a 'type'.`)
  })
}
