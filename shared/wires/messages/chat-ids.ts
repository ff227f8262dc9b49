import { createHash } from 'node:crypto'

/** Ids of Anthropic's wire (Anthropic API reference, `tool_use`): other characters are refused. */
const plainId = /^[\w-]+$/

const encodedPrefix = 'cbgw_'

/** Turns the id of a chat's tool call into one that Anthropic's clients accept. Kimi's have dots and colons, and must come
 *  back as they were, so {@link toChatId} can undo it. */
export const toBlockId = (id: string): string =>
  plainId.test(id) && !id.startsWith(encodedPrefix) ? id : encodedPrefix + Buffer.from(id).toString('base64url')

/** Returns the id that {@link toBlockId} was given. */
export const toChatId = (id: string): string =>
  id.startsWith(encodedPrefix) ? Buffer.from(id.slice(encodedPrefix.length), 'base64url').toString() : id

/** The id of a message, by that of the chat. */
export const toMessageId = (id: unknown): string =>
  `msg_${String(id)
    .replace(/^(chatcmpl|msg)[-_]/, '')
    .replace(/[^\w-]/g, '_')}`

/** The longest name of a function in a chat (openai-openapi 2.3.0, `FunctionObject`). Anthropic's are twice as long, and
 *  names of MCP tools often need it. */
const maxNameLength = 64

const hashLength = 8

/** Shortens a tool's name for a chat. Two names with the same beginning stay different. */
export const toChatName = (name: string): string => {
  if (name.length <= maxNameLength) return name
  const hash = createHash('sha256').update(name).digest('hex').slice(0, hashLength)
  return `${name.slice(0, maxNameLength - hashLength - 1)}_${hash}`
}
