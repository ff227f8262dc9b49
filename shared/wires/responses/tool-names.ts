import { maxChatName, shortenName } from '../fields/chat-name.ts'

/** The name that a tool has in a chat: its own, behind that of its namespace. It is the same in each call, so that the calls
 *  of earlier turns fit the tools. A name that a chat cannot have is shortened. */
export const toChatName = (name: string, namespace?: string): string => {
  const whole = namespace === undefined ? name : `${namespace}__${name}`
  const plain = whole.replace(/[^\w-]/g, '_')
  return plain === whole && whole.length <= maxChatName ? whole : shortenName(whole, plain)
}
