/** Any JSON object whose fields nobody has checked yet. */
export type JsonObject = { [field: string]: unknown }

/** Whether a value is a JSON object (not null, not an array). */
export const isObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** How deep JSON may nest: nothing that clients or providers send comes near, and serialising what is far deeper overflows
 *  the stack. */
export const maxDepth = 64

/** What JSON text has too much of: levels, more than `maxDepth`, or names, strings, objects and arrays, more than `mostParts`. It
 *  reads brackets and quotes only, once, and jumps over strings, so that it can be asked before the text is parsed at all. On the
 *  way it notes in `seams` where the members of the outermost object or array meet: at its opening bracket, the commas between
 *  them, and its closing bracket. */
export const findExcess = (
  text: string,
  seams?: number[],
  mostParts = Number.POSITIVE_INFINITY,
): 'levels' | 'parts' | undefined => {
  let depth = 0
  let parts = 0
  for (let index = 0; index < text.length && parts <= mostParts; index++) {
    const character = text.charCodeAt(index)
    if (character === quote) {
      const end = closingQuote(text, index)
      parts += isShortNumeral(text, index, end) ? numeralParts : 1
      index = end
      continue
    }
    const change = getDepthChange(character)
    if (seams && isMemberOffset(character, change, depth)) {
      seams.push(index)
      parts += 1
    } else if (change > 0) parts += 1
    depth += change
    if (depth > maxDepth) return 'levels'
  }
  return parts > mostParts ? 'parts' : undefined
}

/** How many parts a short string of digits counts for: V8 up to Node 20.20.1 hashes those predictably (CVE-2026-21717), and
 *  50,000 that collide, half a megabyte, take it five seconds to parse. */
const numeralParts = 10

/** V8 keeps strings of up to ten characters in the table where they can collide; escaped, each character takes six. */
const maxNumeralLength = 60

const isShortNumeral = (text: string, start: number, end: number): boolean => {
  const first = text.charCodeAt(start + 1)
  return ((first >= 0x30 && first <= 0x39) || first === backslash) && end - start <= maxNumeralLength + 1
}

const quote = 0x22

const backslash = 0x5c

const comma = 0x2c

/** What a character does to the depth: `[` and `{` add a level, `]` and `}` take one away. */
const getDepthChange = (character: number): number => {
  if (character === 0x5b || character === 0x7b) return 1
  return character === 0x5d || character === 0x7d ? -1 : 0
}

const isMemberOffset = (character: number, change: number, depth: number): boolean =>
  depth === 1 ? change < 0 || character === comma : depth === 0 && change > 0

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

/** Whether text holds more brackets than may nest: nearly none does, and this is found out faster than how they nest. */
const hasManyBrackets = (text: string): boolean => {
  let left = maxDepth
  for (const bracket of ['{', '[']) {
    for (let at = text.indexOf(bracket); at >= 0; at = text.indexOf(bracket, at + 1)) {
      left -= 1
      if (left < 0) return true
    }
  }
  return false
}

/** Parses text as JSON; undefined when it is not JSON or nests deeper than `maxDepth`. */
export const parseJson = (text: string): unknown => {
  if (hasManyBrackets(text) && findExcess(text)) return undefined
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
