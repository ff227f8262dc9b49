import { randomBytes } from 'node:crypto'
import { sha256, sha256Hex } from '../../runtime/sha256.ts'

const digits = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'

const toBase62 = (number: bigint, length: number): string => {
  let text = ''
  for (let rest = number; text.length < length; rest /= 62n) text = digits.charAt(Number(rest % 62n)) + text
  return text
}

/** 256 bits in base 62, and their checksum. */
const secretLength = 43
const checksumLength = 6
const keyPattern = new RegExp(`^sk-[0-9A-Za-z]{${secretLength + checksumLength}}$`)

const toChecksum = (secret: string): string =>
  toBase62(BigInt(sha256(secret).readUIntBE(0, 6)) % 62n ** BigInt(checksumLength), checksumLength)

/** Creates the text of a key: `sk-`, 256 random bits and a checksum of them, in base 62. The store never has it. */
export const createKeyText = (): string => {
  const secret = toBase62(BigInt(`0x${randomBytes(32).toString('hex')}`), secretLength)
  return `sk-${secret}${toChecksum(secret)}`
}

/** Whether a text has the form of a key, with the right checksum. A key that was cut, mistyped or made by another product has
 *  not, so no store is asked for it. */
export const isKeyText = (text: string): boolean => {
  if (!keyPattern.test(text)) return false
  const secret = text.slice('sk-'.length, -checksumLength)
  return text.endsWith(toChecksum(secret))
}

/** What the store has of a key's text. */
export interface KeyMarks {
  /** SHA-256 in hexadecimal digits. A fast hash is enough for 256 random bits. */
  readonly hash: string
  /** Names the key in lists, records and the log. It is the begin of the hash, so the key cannot be derived from it. */
  readonly id: string
  /** The first characters, by which people recognise a key. */
  readonly prefix: string
}

/** Returns the marks of a key's text. */
export const toKeyMarks = (text: string): KeyMarks => {
  const hash = sha256Hex(text)
  return { hash, id: `key_${hash.slice(0, 24)}`, prefix: text.slice(0, 7) }
}
