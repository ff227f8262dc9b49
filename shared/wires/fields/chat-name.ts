import { sha256Hex } from '../../runtime/sha256.ts'

/** Longest name of a function in a chat (openai-openapi 2.3.0, `FunctionObject`). */
export const maxChatName = 64

const hashLength = 8

/** Shortens a name that a chat cannot have. It ends with a hash of the whole name, so two with the same beginning stay
 *  different.
 *  @param plain the name without the characters that a chat refuses */
export const shortenName = (whole: string, plain = whole): string => {
  const hash = sha256Hex(whole, hashLength)
  return `${plain.slice(0, maxChatName - hashLength - 1)}_${hash}`
}
