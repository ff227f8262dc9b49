/** Any JSON object. Its fields are not checked yet. */
export type JsonObject = { [field: string]: unknown }

/** Whether a value is a JSON object (not null, not an array). */
export const isObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** Returns a value if it is a text; an empty text for any other value. */
export const toText = (value: unknown): string => (typeof value === 'string' ? value : '')

/** Returns the objects of a list; none for any other value. */
export const listObjects = (value: unknown): JsonObject[] => (Array.isArray(value) ? value.filter(isObject) : [])

/** How deep JSON may nest. Real requests and responses stay far below; serialising JSON that is much deeper overflows
 *  the stack. */
export const maxDepth = 64

/** Returns `levels` if JSON text has more than `maxDepth` levels, `parts` if it has more than `maxParts` names,
 *  strings, objects and arrays, and undefined otherwise. Reads the text once, looks at brackets and quotes only, and
 *  jumps over strings, so it is cheap enough to call before the text is parsed. It adds to `memberOffsets` the places
 *  between the members of the outermost object or array: its opening bracket, the commas between its members, and its
 *  closing bracket. */
export const findExcess = (
  text: string,
  memberOffsets?: number[],
  maxParts = Number.POSITIVE_INFINITY,
): 'levels' | 'parts' | undefined => {
  let depth = 0
  let parts = 0
  for (let index = 0; index < text.length && parts <= maxParts; index++) {
    const character = text.charCodeAt(index)
    if (character === quote) {
      const end = findClosingQuote(text, index)
      parts += isShortNumeral(text, index, end) ? numeralParts : 1
      index = end
      continue
    }
    const change = getDepthChange(character)
    if (memberOffsets && isMemberOffset(character, change, depth)) {
      memberOffsets.push(index)
      parts += 1
    } else if (change > 0) parts += 1
    depth += change
    if (depth > maxDepth) return 'levels'
  }
  return parts > maxParts ? 'parts' : undefined
}

/** How many parts a short string of digits counts for. V8 up to Node 20.20.1 hashes such strings predictably
 *  (CVE-2026-21717): 50,000 that collide, half a megabyte, take five seconds to parse. */
const numeralParts = 10

/** The longest such string in the text. V8 keeps strings of up to ten characters in the table where they can collide,
 *  and an escaped character takes six. */
const maxNumeralLength = 60

const isShortNumeral = (text: string, start: number, end: number): boolean => {
  const first = text.charCodeAt(start + 1)
  return ((first >= 0x30 && first <= 0x39) || first === backslash) && end - start <= maxNumeralLength + 1
}

/** The code of `"`. */
export const quote = 0x22

/** The code of `\`. */
export const backslash = 0x5c

const comma = 0x2c

/** Returns 1 for `[` and `{`, -1 for `]` and `}`, and 0 for any other character. */
const getDepthChange = (character: number): number => {
  if (character === 0x5b || character === 0x7b) return 1
  return character === 0x5d || character === 0x7d ? -1 : 0
}

const isMemberOffset = (character: number, change: number, depth: number): boolean =>
  depth === 1 ? change < 0 || character === comma : depth === 0 && change > 0

/** Returns the index of the quote that closes the string opened at `start`; the text's length if there is none. */
const findClosingQuote = (text: string, start: number): number => {
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

/** How deep JSON text nests where it ends, or where its first value is complete. A line of JSON begins outside a string.
 *  @param depth how deep it nests at its start; if that is 0, the text begins with a bracket */
export const getFinalDepth = (text: string, depth = 0): { readonly depth: number; readonly end: number } => {
  let level = depth
  for (let index = 0; index < text.length; index++) {
    const character = text.charCodeAt(index)
    if (character === quote) index = findClosingQuote(text, index)
    else level += getDepthChange(character)
    if (level <= 0) return { depth: 0, end: index + 1 }
  }
  return { depth: level, end: text.length }
}

/** Whether text holds more brackets than `maxDepth`. Few texts do, and counting is faster than looking how they
 *  nest. */
const hasManyBrackets = (text: string): boolean => {
  let count = 0
  for (const bracket of ['{', '[']) {
    for (let at = text.indexOf(bracket); at >= 0; at = text.indexOf(bracket, at + 1)) {
      count += 1
      if (count > maxDepth) return true
    }
  }
  return false
}

/** Parses text as JSON. Returns undefined if it is not JSON or nests deeper than `maxDepth`. */
export const parseJson = (text: string): unknown => {
  if (hasManyBrackets(text) && findExcess(text)) return undefined
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
