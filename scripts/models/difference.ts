import { isProviderKeyName } from '../../shared/models/entries/provider-key-name.ts'
import { isObject, type JsonObject } from '../../shared/runtime/json.ts'
import { parseList } from '../../shared/runtime/parse-text.ts'

/** A row of the table, by column; without the columns that the database fills in. */
export type Row = JsonObject & { readonly model_name: string }

/** The change that an import makes to one row. */
export interface Change {
  readonly row: Row
  /** The row in the table; undefined if the row is new. */
  readonly before: JsonObject | undefined
  /** The columns that get another value. */
  readonly columns: readonly string[]
}

/** Converts a model map file to rows. Objects and arrays become JSON text. Values that are no entries are left out, as
 *  in the gateway.
 *  @throws TypeError if it is no JSON object */
export const toTableRows = (map: unknown): Row[] => {
  if (!isObject(map)) throw new TypeError('The file holds no JSON object of model names and entries.')
  return Object.entries(map).flatMap(([model, entry]) => (isObject(entry) ? [toTableRow(model, entry)] : []))
}

/** Converts an entry to a row of the table. */
export const toTableRow = (model_name: string, entry: JsonObject): Row => {
  const { custom_llm_provider, base_url, ...fields } = entry
  const named = { provider: custom_llm_provider ?? 'openai', api_base: base_url ?? '', api_key_env: '', ...fields }
  const columns = Object.entries(named).filter(([column]) => !column.startsWith('_'))
  return { ...Object.fromEntries(columns.map(([column, value]) => [column, toColumnValue(value)])), model_name }
}

/** Converts a value to that of a column. */
export const toColumnValue = (value: unknown): unknown => {
  if (typeof value === 'boolean') return value ? 1 : 0
  return typeof value === 'object' && value !== null ? JSON.stringify(value) : value
}

/** Finds the changes after which the table holds the rows. Names match without case, as in the database. Rows and
 *  columns that the file does not name stay as they are. */
export const findChanges = (rows: readonly Row[], table: readonly JsonObject[]): Change[] => {
  const present = new Map(table.map((row) => [String(row['model_name']).toLowerCase(), row]))
  return rows.flatMap((row) => {
    const before = present.get(row.model_name.toLowerCase())
    const columns = Object.keys(row).filter((column) => !before || !isSame(row[column], before[column]))
    return columns.length > 0 ? [{ row, before, columns }] : []
  })
}

/** Returns the fields that have a value. */
export const dropBlank = (fields: JsonObject): JsonObject =>
  Object.fromEntries(
    Object.entries(fields).filter(([, value]) => value !== undefined && value !== null && value !== ''),
  )

/** Whether two values of a column are the same. The database returns prices as decimal text with all their digits, and JSON columns as objects. */
export const isSame = (one: unknown, other: unknown): boolean =>
  toText(one) === toText(other) || (isNumeric(one) && isNumeric(other) && Number(one) === Number(other))

const toText = (value: unknown): string => String(toColumnValue(value) ?? '')
const isNumeric = (value: unknown): boolean => /^-?\d+(\.\d+)?$/.test(toText(value))

/** Formats a change as lines for the terminal, without keys. */
export const formatChange = ({ row, before, columns }: Change): string[] => [
  `${before ? '~' : '+'} ${row.model_name}`,
  ...columns
    .filter((column) => before || (column !== 'model_name' && toText(row[column]) !== ''))
    .map((column) => {
      const old = before ? `${formatValue(column, before[column])} → ` : ''
      return `    ${column}: ${old}${formatValue(column, row[column])}`
    }),
]

/** Formats a column's value for the terminal. A key is never shown, even if it is in a wrong column by mistake. */
export const formatValue = (column: string, value: unknown): string => {
  const text = toText(value)
  if (text === '') return '(none)'
  return masks[column]?.(text) ?? text
}

const hideInAddress = (text: string): string =>
  text.replace(/\/\/[^/]*@/, '//(a login)@').replace(/[?#].*$/s, '?(a query)')

/** Hides what a text of targets holds beside names and numbers: keys, logins and queries of addresses. */
const hideInTargets = (text: string): string =>
  text
    .replace(/("api_key"\s*:\s*)"(?:[^"\\]|\\.)*"/g, '$1"(a key)"')
    .replace(
      /("(?:api_base|base_url)"\s*:\s*")([^"]*)"/g,
      (_, start: string, address: string) => `${start}${hideInAddress(address)}"`,
    )

/** Hide the keys in the columns that may hold one, and the text that no caller may see. */
const masks: Readonly<Record<string, (text: string) => string>> = {
  api_key: () => '(a key)',
  system_prompt: (text) => `(${text.length} characters)`,
  api_key_env: (text) => (parseList(text).every(isProviderKeyName) ? text : '(not the name of a key variable)'),
  targets: hideInTargets,
  api_base: hideInAddress,
  base_url: hideInAddress,
}
