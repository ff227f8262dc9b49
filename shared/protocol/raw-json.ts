import { isAscii, transcode } from 'node:buffer'
import { findExcess, isObject, type JsonObject, maxDepth } from '../runtime/json.ts'
import { GatewayError } from './errors.ts'

/** A JSON object together with the bytes that it was sent as. */
export interface RawJson {
  readonly fields: Readonly<JsonObject>
  readonly bytes: Buffer
  /** The places of its opening brace, of the commas between its members, and of its closing brace. */
  readonly memberOffsets: readonly number[]
}

/** The most names, strings, objects and arrays in a request: ten times as many as in a long chat with many tools.
 *  Numbers do not count, because a prompt may be an array of tokens. */
export const maxParts = 100_000

const byteOrderMark = Buffer.from('\ufeff')

/** Removes the mark that PowerShell and some editors put before UTF-8 text. */
const withoutMark = (bytes: Buffer): Buffer =>
  bytes.subarray(0, byteOrderMark.length).equals(byteOrderMark) ? bytes.subarray(byteOrderMark.length) : bytes

/** Parses bytes, which must be UTF-8, as one JSON object. A byte order mark before it is dropped.
 *  @throws invalid_json (400), request_too_large (413) if it holds more than `maxParts` parts */
export const parseRawJson = (sent: Buffer): RawJson => {
  const bytes = withoutMark(sent)
  // In UTF-8, no byte of a non-ASCII character equals an ASCII character. So in this view brackets, quotes and commas
  // have the same index as in the bytes.
  const view = bytes.toString('latin1')
  const memberOffsets: number[] = []
  const excess = findExcess(view, memberOffsets, maxParts)
  if (excess) throw excess === 'parts' ? tooManyPartsError() : invalidJsonError()
  const fields = tryParse(isAscii(bytes) ? view : decodeUtf8(bytes))
  if (!isObject(fields)) throw invalidJsonError()
  return { fields, bytes, memberOffsets }
}

const tooManyPartsError = (): GatewayError =>
  new GatewayError(
    413,
    'request_too_large',
    `The request body holds more than ${maxParts} names, strings, objects and arrays. Send fewer messages, or join them.`,
  )

const tryParse = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** Returns the bytes of an object that was made from a source's fields. A member that did not change keeps its bytes.
 *  They are not serialised again, so that, for example, a long number is not rounded. */
export const serialize = (fields: Readonly<JsonObject>, source: RawJson | undefined): Buffer => {
  const names = source && getNamesInOrder(source)
  if (!names) return Buffer.from(JSON.stringify(fields))
  const isUnchanged = (name: string): boolean => fields[name] === source.fields[name]
  const changed = Object.keys(fields).filter((name) => !isUnchanged(name))
  if (changed.length === 0 && names.every(isUnchanged)) return source.bytes
  const runs = getRuns(source, names.map(isUnchanged))
  if (runs.length === 0) return Buffer.from(JSON.stringify(fields))
  const rest = JSON.stringify(Object.fromEntries(changed.map((name) => [name, fields[name]]))).slice(1)
  const bytes = Buffer.concat([...runs, Buffer.from(rest === '}' ? rest : `,${rest}`)])
  // Each run begins with what is before its first member, which may be a comma.
  bytes.write('{')
  return bytes
}

/** Returns the bytes of the members that are kept, each with what is before it. Neighbours stay together. */
const getRuns = ({ bytes, memberOffsets }: RawJson, isKept: readonly boolean[]): Buffer[] => {
  const runs: Buffer[] = []
  let start = 0
  memberOffsets.forEach((offset, index) => {
    if (isKept[index]) return
    if (index > start) runs.push(bytes.subarray(memberOffsets[start], offset))
    start = index + 1
  })
  return runs
}

/** Returns the names of the members in the order of the bytes. Returns undefined if the parsed object has another order
 *  or number: it keeps one of two members with the same name, and puts names that are whole numbers first. */
const getNamesInOrder = ({ fields, memberOffsets }: RawJson): readonly string[] | undefined => {
  const names = Object.keys(fields)
  const isSameCount = names.length === Math.max(0, memberOffsets.length - 1)
  return isSameCount && !names.some((name) => /^\d/.test(name)) ? names : undefined
}

/** Creates the error for a request body that is not one JSON object. */
export const invalidJsonError = (): GatewayError =>
  new GatewayError(
    400,
    'invalid_json',
    `The request body must be one JSON object. Check its syntax, send it as UTF-8, and nest at most ${maxDepth} levels.`,
  )

/** Decodes bytes that must be UTF-8. For Chinese, `Buffer.toString` of Node.js 20 takes ten times as long as this
 *  conversion through UTF-16: 22 ms for 6 MB (docs/decisions/0062-the-hot-path.md). */
export const decodeUtf8 = (bytes: Buffer): string => transcode(bytes, 'utf8', 'utf16le').toString('utf16le')
