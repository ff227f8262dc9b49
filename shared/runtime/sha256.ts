import { createHash } from 'node:crypto'

/** Returns the SHA-256 digest of a text, such as a token or key, which is kept and compared in its place. */
export const sha256 = (text: string): Buffer => createHash('sha256').update(text).digest()

/** Returns the digest in hexadecimal digits.
 *  @param length how many of the 64 digits */
export const sha256Hex = (text: string, length = 64): string => sha256(text).toString('hex').slice(0, length)
