import { parseJson } from '../protocol/json.ts'

/** Reads an entry's `allowed_groups`: an array of names, or, as tables hold it, JSON of one or a comma list. Absent or blank:
 *  undefined, everyone; an empty array: nobody. Null when it is anything else, which must not open the model. */
export const readAllowedGroups = (value: unknown): readonly string[] | undefined | null => {
  if (value === undefined || value === null) return undefined
  const given = typeof value === 'string' ? fromText(value.trim()) : value
  if (given === undefined) return undefined
  return Array.isArray(given) && given.every((name) => typeof name === 'string') ? given : null
}

const fromText = (text: string): unknown => {
  if (text === '') return undefined
  return text.startsWith('[') ? (parseJson(text) ?? null) : text.split(',').map((name) => name.trim())
}
