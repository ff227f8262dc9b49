import { createHash } from 'node:crypto'

/** Longest name of a function in a chat (OpenAI API reference, "Create chat completion", `tools`). */
const maxNameLength = 64

/** The name that a tool has in a chat: its own, behind that of its namespace. It is the same in each call, so that the calls
 *  of earlier turns fit the tools. A name that a chat cannot have is shortened, and ends with a hash of the whole. */
export const toChatName = (name: string, namespace?: string): string => {
  const whole = namespace === undefined ? name : `${namespace}__${name}`
  const plain = whole.replace(/[^\w-]/g, '_')
  if (plain === whole && whole.length <= maxNameLength) return whole
  const hash = createHash('sha256').update(whole).digest('hex').slice(0, hashLength)
  return `${plain.slice(0, maxNameLength - hashLength - 1)}_${hash}`
}

const hashLength = 8
