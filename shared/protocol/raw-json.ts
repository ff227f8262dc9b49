import { isAscii, transcode } from 'node:buffer'
import { findExcess, isObject, type JsonObject, maxDepth } from '../runtime/json.ts'
import { GatewayError } from './errors.ts'

/** A JSON object as it was sent. */
export interface RawJson {
  readonly fields: Readonly<JsonObject>
  readonly bytes: Buffer
  /** Where its members meet: the places of its opening brace, of the commas between them, of its closing brace. */
  readonly memberOffsets: readonly number[]
}

/** How many names, strings, objects and arrays a request may hold: ten times what long chats with many tools come to. Numbers do
 *  not count: a prompt may be an array of tokens. */
export const maxParts = 100_000

/** Reads bytes, known to be UTF-8, that must be one JSON object.
 *  @throws invalid_json (400), request_too_large (413) when it holds more than `maxParts` parts */
export const parseRawJson = (bytes: Buffer): RawJson => {
  // No byte of a character beyond ASCII looks like a mark of JSON, so in this view each mark stands at its byte's place.
  const view = bytes.toString('latin1')
  const seams: number[] = []
  const excess = findExcess(view, seams, maxParts)
  if (excess) throw excess === 'parts' ? tooManyPartsError() : invalidJsonError()
  const fields = tryParse(isAscii(bytes) ? view : decodeUtf8(bytes))
  if (!isObject(fields)) throw invalidJsonError()
  return { fields, bytes, memberOffsets: seams }
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

const [opening, comma, closing] = ['{', ',', '}'].map((mark) => Buffer.from(mark)) as [Buffer, Buffer, Buffer]

/** The bytes of an object made from a source's fields. A member whose value is still the source's own keeps its bytes: they
 *  are not serialised again, nor changed in the least, such as by rounding a long number. */
export const serialize = (fields: Readonly<JsonObject>, source: RawJson | undefined): Buffer => {
  const names = source && getNamesInOrder(source)
  if (!names) return Buffer.from(JSON.stringify(fields))
  const { bytes, memberOffsets: seams } = source
  const isKept = (name: string): boolean => fields[name] === source.fields[name]
  const changed = Object.keys(fields).filter((name) => !isKept(name))
  if (changed.length === 0 && names.every(isKept)) return bytes
  const pieces = names.flatMap((name, index) =>
    isKept(name) ? [bytes.subarray((seams[index] as number) + 1, seams[index + 1])] : [],
  )
  for (const name of changed) {
    const value = JSON.stringify(fields[name])
    if (value !== undefined) pieces.push(Buffer.from(`${JSON.stringify(name)}:${value}`))
  }
  return Buffer.concat([
    opening,
    ...pieces.flatMap((piece, index) => (index === 0 ? [piece] : [comma, piece])),
    closing,
  ])
}

/** The members' names in the order they stand in the bytes. Undefined where the parsed object does not tell it: an object that
 *  names a member twice keeps one of them, and names that are whole numbers come first. */
const getNamesInOrder = ({ fields, memberOffsets: seams }: RawJson): readonly string[] | undefined => {
  const names = Object.keys(fields)
  const told = names.length === Math.max(0, seams.length - 1) && !names.some((name) => /^\d/.test(name))
  return told ? names : undefined
}

/** The refusal of a request body that is not one JSON object. */
export const invalidJsonError = (): GatewayError =>
  new GatewayError(
    400,
    'invalid_json',
    `The request body must be one JSON object. Check its syntax, send it as UTF-8, and nest at most ${maxDepth} levels.`,
  )

/** Decodes bytes that are known to be UTF-8. `Buffer.toString` of Node.js 20 takes ten times as long for Chinese as this detour
 *  by way of UTF-16: 22 ms for 6 MB (docs/decisions/0062-the-hot-path.md). */
export const decodeUtf8 = (bytes: Buffer): string => transcode(bytes, 'utf8', 'utf16le').toString('utf16le')
