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
