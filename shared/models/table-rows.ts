import { isObject, type JsonObject } from '../protocol/json.ts'
import type { NamedFields } from './model-map.ts'
import type { LoadedMap, SourceName } from './source.ts'

/** The most rows a table may hold; one more is asked for, to see that there are too many. */
export const mostRows = 20_000

/** Makes a map of the table's rows, as any of the sources returns them: only rows whose `enabled` is 1, or all where the table
 *  has no such column. Names that differ in nothing but case are one name to MySQL, so both are left out and the map is in
 *  doubt. */
export const mapOfRows = (rows: readonly JsonObject[], source: SourceName): LoadedMap => {
  const entries = rows.filter(isEnabled).map((row): NamedFields => [nameOf(row), row])
  const clashing = clashingNames(entries)
  return {
    source,
    entries: clashing.size === 0 ? entries : entries.filter(([model]) => !clashing.has(folded(model))),
    rejected: [...clashing].map((model) => ({ model: model.slice(0, 128), reason: clash })),
    list: undefined,
    doubt: doubtOf(rows.length, entries, clashing),
  }
}

const clash = 'The table holds it more than once; names may not differ in case alone. Remove or rename all but one.'

const nameOf = ({ model_name: name }: JsonObject): string => (typeof name === 'string' ? name : '')

const isEnabled = (row: JsonObject): boolean => !('enabled' in row) || isOne(row['enabled'])

/** A `BIT(1)` comes as a buffer, and PostgREST may say `true`. */
const isOne = (value: unknown): boolean =>
  value instanceof Uint8Array ? value.length === 1 && value[0] === 1 : value === 1 || value === true || value === '1'

const folded = (model: string): string => model.trim().toLowerCase()

const clashingNames = (entries: readonly NamedFields[]): Set<string> => {
  const seen = new Set<string>()
  const clashing = new Set<string>()
  for (const [model] of entries) {
    const name = folded(model)
    if (name === '') continue
    if (seen.has(name)) clashing.add(name)
    seen.add(name)
  }
  return clashing
}

const doubtOf = (rows: number, entries: readonly NamedFields[], clashing: ReadonlySet<string>): LoadedMap['doubt'] => {
  if (rows > mostRows) return `The table holds more than ${mostRows} rows. Remove those that are not in use.`
  if (entries.length === 0) return 'The table holds no row that is enabled.'
  if (clashing.size === 0) return undefined
  return `The table holds ${clashing.size} models more than once; names may not differ in case alone. Remove or rename them.`
}

/** The rows of an answer that is not typed. */
export const rowsOf = (answer: unknown): JsonObject[] => (Array.isArray(answer) ? answer.filter(isObject) : [])
