import { isProviderKeyName } from '../../shared/models/entries/provider-key-name.ts'
import { isObject, type JsonObject } from '../../shared/runtime/json.ts'

/** A row of the table, by column; without what the database fills in. */
export type Row = JsonObject & { readonly model_name: string }

/** What an import would do to one row. */
export interface Change {
  readonly row: Row
  /** The row as it is; undefined: it is new. */
  readonly before: JsonObject | undefined
  /** The columns that would get another value. */
  readonly columns: readonly string[]
}

/** The rows of a model map file. Objects and arrays become JSON text; what is not an entry is left out, as the gateway does. */
export const rowsOfMap = (map: unknown): Row[] => {
  if (!isObject(map)) throw new TypeError('The file holds no JSON object of model names and entries.')
  return Object.entries(map).flatMap(([model_name, entry]) => (isObject(entry) ? [rowOf(model_name, entry)] : []))
}

const rowOf = (model_name: string, entry: JsonObject): Row => {
  const { custom_llm_provider, base_url, ...fields } = entry
  const named = { provider: custom_llm_provider ?? 'openai', api_base: base_url ?? '', api_key_env: '', ...fields }
  const columns = Object.entries(named).filter(([column]) => !column.startsWith('_'))
  return { ...Object.fromEntries(columns.map(([column, value]) => [column, columnValue(value)])), model_name }
}

const columnValue = (value: unknown): unknown => {
  if (typeof value === 'boolean') return value ? 1 : 0
  return typeof value === 'object' && value !== null ? JSON.stringify(value) : value
}

/** What must change so that the table holds the rows. Names match as the database matches them: case does not count. Rows and
 *  columns that the file does not name stay as they are. */
export const changesTo = (rows: readonly Row[], table: readonly JsonObject[]): Change[] => {
  const present = new Map(table.map((row) => [String(row['model_name']).toLowerCase(), row]))
  return rows.flatMap((row) => {
    const before = present.get(row.model_name.toLowerCase())
    const columns = Object.keys(row).filter((column) => !before || !same(row[column], before[column]))
    return columns.length > 0 ? [{ row, before, columns }] : []
  })
}

/** Prices come back from the database as decimal text with all their digits, JSON columns as objects. */
const same = (wanted: unknown, present: unknown): boolean =>
  canonical(wanted) === canonical(present) ||
  (isNumeric(wanted) && isNumeric(present) && Number(wanted) === Number(present))

const canonical = (value: unknown): string => String(columnValue(value) ?? '')
const isNumeric = (value: unknown): boolean => /^-?\d+(\.\d+)?$/.test(canonical(value))

/** The lines of a change, as a person reads them. A key is never shown. */
export const linesOf = ({ row, before, columns }: Change): string[] => [
  `${before ? '~' : '+'} ${row.model_name}`,
  ...columns
    .filter((column) => before || (column !== 'model_name' && canonical(row[column]) !== ''))
    .map(
      (column) => `    ${column}: ${before ? `${shown(column, before[column])} → ` : ''}${shown(column, row[column])}`,
    ),
]

/** A column's value for a person: never a key, not even where one was put by mistake. */
export const shown = (column: string, value: unknown): string => {
  const text = canonical(value)
  if (text === '') return '(none)'
  return veils[column]?.(text) ?? text
}

const veils: Readonly<Record<string, (text: string) => string>> = {
  api_key: () => '(a key)',
  api_key_env: (text) => (isProviderKeyName(text) ? text : '(not the name of a key variable)'),
  api_base: (text) => text.replace(/\/\/[^/]*@/, '//(a login)@').replace(/[?#].*$/s, '?(a query)'),
}
