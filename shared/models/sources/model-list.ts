import { parseJson } from '../../runtime/json.ts'
import { parseList } from '../../runtime/parse-text.ts'

/** Reads a list of model names as `MODEL_LIST` holds it: a JSON array (items as they are), or a comma list (items trimmed,
 *  empty ones dropped). JSON of any other kind is no list, and neither is blank text: undefined. */
export const parseModelList = (text: string | undefined): string[] | undefined => {
  if (!text?.trim()) return undefined
  const value = parseJson(text)
  if (Array.isArray(value)) return toNames(value)
  if (value !== undefined && typeof value !== 'string') return undefined
  return parseList(typeof value === 'string' ? value : text)
}

/** The names of a JSON array: texts, and what has one; objects and arrays name nothing. */
export const toNames = (items: readonly unknown[]): string[] =>
  items.filter((item) => typeof item !== 'object').map(String)
