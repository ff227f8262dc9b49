import { parseJson } from '../../runtime/json.ts'
import { parseList } from '../../runtime/parse-text.ts'

/** Reads a list of model names from `MODEL_LIST`: a JSON array (items as they are), or a comma list (items trimmed,
 *  empty ones dropped). Returns undefined for blank text and for JSON of any other kind. */
export const parseModelList = (text: string | undefined): string[] | undefined => {
  if (!text?.trim()) return undefined
  const value = parseJson(text)
  if (Array.isArray(value)) return toNames(value)
  if (value !== undefined && typeof value !== 'string') return undefined
  return parseList(typeof value === 'string' ? value : text)
}

/** Returns the names in a JSON array. Objects, arrays and null are dropped; other items count as text. */
export const toNames = (items: readonly unknown[]): string[] =>
  items.filter((item) => typeof item !== 'object').map(String)
