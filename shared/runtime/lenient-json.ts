import { parseJson } from './json.ts'

/** Parses what is JSON but for the habits of other languages: strings in single quotes, `None`, `True`, `False`, `NaN` and
 *  `Infinity` (Python), commas before closing brackets (JavaScript), and line ends and tabs within strings. A number that JSON
 *  has not is null. Returns undefined if the text is not that, or nests too deep.
 *
 *  Text that is JSON need not be passed: use `parseJson` first. */
export const parseLenientJson = (text: string): unknown => {
  try {
    return parseJson(text.replace(oddTokens, toStrictToken))
  } catch {
    // A string with millions of escapes overflows the stack of the regular expression.
    return undefined
  }
}

/** Strings, which are left as they are unless they are odd, and what no JSON has. A string that is not closed matches, too: otherwise each
 *  quote in it would be tried as the beginning of another one. */
const oddTokens =
  /"[^"\\]*(?:\\.[^"\\]*)*"?|'[^'\\]*(?:\\.[^'\\]*)*'?|,(?=\s*[}\]])|-?\b(?:nan|inf(?:inity)?|none|undefined|true|false)\b/gis

const toStrictToken = (token: string): string => {
  if (token === ',') return ''
  if (token[0] === '"' || token[0] === "'") return toStrictString(token)
  const word = token.toLowerCase()
  return word === 'true' || word === 'false' ? word : 'null'
}

const toStrictString = (token: string): string => {
  if (token.length === 1 || token.at(-1) !== token[0]) return token
  const text = token.slice(1, -1).replace(oddCharacters, (found) => {
    if (found[0] === '\\') return found === "\\'" ? "'" : found.replace('\\x', '\\u00')
    return found === '"' ? '\\"' : JSON.stringify(found).slice(1, -1)
  })
  return `"${text}"`
}

/** Escapes, quotes that are bare in single quotes, and control characters. */
const oddCharacters = /\\x(?=[\da-f]{2})|\\.|"|\p{Cc}/gisu
