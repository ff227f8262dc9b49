import { GatewayError } from './errors.ts'

/** Any JSON object whose fields nobody has checked yet. */
export type JsonObject = { [field: string]: unknown }

/** Whether a value is a JSON object (not null, not an array). */
export const isObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** How deep JSON may nest: nothing that clients or providers send comes near, and serialising what is far deeper overflows
 *  the stack. */
export const maxDepth = 64

/** How many names, strings, objects and arrays a request may hold: ten times what long chats with many tools come to. A short
 *  string of digits counts as ten of them, because V8 up to Node 20.20.1 hashes those predictably (CVE-2026-21717): 50,000 that
 *  collide, half a megabyte, take it five seconds to parse. Numbers do not count: a prompt may be an array of tokens. */
export const maxParts = 100_000

/** What makes JSON text too costly to parse or to serialise. It reads brackets and quotes only, once, and jumps over strings, so
 *  that it can be asked before the text is parsed at all. */
const excessOf = (text: string, mostParts: number): 'depth' | 'parts' | undefined => {
  if (text.length <= maxDepth) return undefined
  let depth = 0
  let parts = 0
  for (let index = 0; index < text.length; index++) {
    const character = text.charCodeAt(index)
    if (character === quote) {
      const end = closingQuote(text, index)
      parts += isShortNumeral(text, index, end) ? numeralParts : 1
      index = end
    } else {
      const change = step(character)
      depth += change
      if (change > 0) parts += 1
    }
    if (depth > maxDepth) return 'depth'
    if (parts > mostParts) return 'parts'
  }
  return undefined
}

/** Whether JSON text nests deeper than `maxDepth`. */
export const nestsTooDeep = (text: string): boolean => excessOf(text, Number.POSITIVE_INFINITY) === 'depth'

const numeralParts = 10

/** Ten characters, each written as `\uXXXX`: V8 keeps short strings in the table where those of digits can collide. */
const maxNumeralLength = 60

const isShortNumeral = (text: string, start: number, end: number): boolean => {
  const first = text.charCodeAt(start + 1)
  return ((first >= 0x30 && first <= 0x39) || first === backslash) && end - start <= maxNumeralLength + 1
}

const quote = 0x22
const backslash = 0x5c

/** What a character does to the depth: `[` and `{` add a level, `]` and `}` take one away. */
const step = (character: number): number => {
  if (character === 0x5b || character === 0x7b) return 1
  return character === 0x5d || character === 0x7d ? -1 : 0
}

/** Index of the quote that closes the string opened at `start`; the text's length where nothing closes it. */
const closingQuote = (text: string, start: number): number => {
  let end = start
  do {
    end = text.indexOf('"', end + 1)
  } while (end >= 0 && isEscaped(text, end))
  return end < 0 ? text.length : end
}

const isEscaped = (text: string, index: number): boolean => {
  let slashes = 0
  while (text.charCodeAt(index - 1 - slashes) === backslash) slashes += 1
  return slashes % 2 === 1
}

/** Parses text as JSON; undefined when it is not JSON or nests deeper than `maxDepth`. */
export const parseJson = (text: string): unknown => {
  if (nestsTooDeep(text)) return undefined
  return parsed(text)
}

const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** Parses a request body that must be one JSON object.
 *  @throws invalid_json (400), request_too_large (413) when it holds more than `maxParts` parts */
export const parseJsonObject = (text: string): JsonObject => {
  const excess = excessOf(text, maxParts)
  const value = excess ? undefined : parsed(text)
  if (isObject(value)) return value
  if (excess === 'parts') throw tooManyParts()
  throw new GatewayError(
    400,
    'invalid_json',
    `The request body must be one JSON object. Check its syntax, send it as UTF-8, and nest at most ${maxDepth} levels.`,
  )
}

const tooManyParts = (): GatewayError =>
  new GatewayError(
    413,
    'request_too_large',
    `The request body holds more than ${maxParts} names, strings, objects and arrays. Send fewer messages, or join them.`,
  )
