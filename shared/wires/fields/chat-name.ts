import { sha256Hex } from '../../runtime/sha256.ts'

/** Longest name of a function in a chat (openai-openapi 2.3.0, `FunctionObject`). */
const maxChatName = 64

const hashLength = 8

/** The name that a tool has in a chat: its own, behind that of its namespace. It is the same in each call, so that the calls
 *  of earlier turns fit the tools. A name that a chat cannot have is changed: names of MCP tools are often longer. It then ends
 *  with a hash of the whole name, so two with the same beginning stay different. */
export const toChatName = (name: string, namespace?: string): string => {
  const whole = namespace === undefined ? name : `${namespace}__${name}`
  const plain = whole.replace(/[^\w-]/g, '_')
  if (plain === whole && whole.length <= maxChatName) return whole
  const hash = sha256Hex(whole, hashLength)
  return `${plain.slice(0, maxChatName - hashLength - 1)}_${hash}`
}
