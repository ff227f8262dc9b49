import { tableNamePattern } from '../../drivers/mysql.ts'
import type { JsonObject } from '../../runtime/json.ts'
import { parseBoolean } from '../../runtime/parse-text.ts'
import { toPrintableName } from '../entries/model-name.ts'
import { hashContent, type LoadedMap, type SourceName } from './source.ts'

/** A table, and its database if one is named. */
export interface TableName {
  readonly database: string | undefined
  readonly table: string
  /** Both in backticks, ready for a statement. */
  readonly quoted: string
  /** The table of versions beside it, in backticks. */
  readonly quotedState: string
}

/** The table of versions: one row per model map (`scripts/sql/state.sql`). */
export const stateTable = 'llm_gateway_state'

/** Reads a table's name, `table` or `database.table`. Returns undefined for anything else: a name cannot be a parameter
 *  of a statement, so it must be safe in the SQL itself. */
export const parseTableName = (text: string): TableName | undefined => {
  const { database, table } = tableNamePattern.exec(text)?.groups ?? {}
  if (!table) return undefined
  const prefix = database ? `\`${database}\`.` : ''
  return { database, table, quoted: `${prefix}\`${table}\``, quotedState: `${prefix}\`${stateTable}\`` }
}

/** The most rows a table may hold. Sources read one more, to find out that there are too many. */
export const maxTableRows = 20_000

/** Makes a map of the table's rows, the same for every source. Rows count if their `enabled` is 1, or if the table has
 *  no such column. MySQL compares names without case, so names that differ only in case are the same: all of them are
 *  left out, and the map has a warning. */
export const toLoadedMap = (rows: readonly JsonObject[], source: SourceName): LoadedMap => {
  const enabled = rows.filter(isRowEnabled)
  const names = enabled.map(getModelName)
  const duplicates = findDuplicates(names)
  const entries = new Map<string, JsonObject>()
  for (const [index, row] of enabled.entries()) {
    const name = names[index] ?? ''
    if (!duplicates.has(foldModel(name))) entries.set(name, row)
  }
  return {
    source,
    version: hashContent(JSON.stringify(enabled)),
    entries,
    rejected: [
      ...[...duplicates].map((model) => ({ model: model.slice(0, 128), reason: duplicateName })),
      ...rows
        .filter(hasInvalidEnabled)
        .map((row) => ({ model: toPrintableName(getModelName(row)), reason: invalidEnabled })),
    ],
    list: undefined,
    warning: findWarning({ rows: rows.length, enabled: enabled.length, duplicates: duplicates.size }),
  }
}

const duplicateName =
  'The table holds it more than once; names may not differ in case alone. Remove or rename all but one.'

const getModelName = ({ model_name: name }: JsonObject): string => (typeof name === 'string' ? name : '')

/** In a table, only 1 switches a row on, as in the original's query (`enabled = 1`). In a JSON map, only a no switches
 *  an entry off (`local-source.ts`). */
const isRowEnabled = (row: JsonObject): boolean => !('enabled' in row) || isOne(row['enabled'])

/** `BIT(1)` is a buffer, and PostgREST returns booleans as `true`. */
const isOne = (value: unknown): boolean =>
  value instanceof Uint8Array ? value.length === 1 && value[0] === 1 : value === 1 || value === true || value === '1'

/** Whether `enabled` is a word other than a no, such as `yes`. Such a row is off, and reported: its author meant it to
 *  be on. */
const hasInvalidEnabled = ({ enabled }: JsonObject): boolean =>
  typeof enabled === 'string' && !/^[\s\0]*-?[\d.]*[\s\0]*$/.test(enabled) && parseBoolean(enabled) !== false

const invalidEnabled = 'Its enabled must be 1 or 0.'

const foldModel = (model: string): string => model.trim().toLowerCase()

/** Returns the names that occur more than once, in lower case. */
const findDuplicates = (names: readonly string[]): Set<string> => {
  const seen = new Set<string>()
  const duplicates = new Set<string>()
  for (const name of names.map(foldModel)) {
    if (name !== '' && seen.has(name)) duplicates.add(name)
    seen.add(name)
  }
  return duplicates
}

const findWarning = (counts: { rows: number; enabled: number; duplicates: number }): LoadedMap['warning'] => {
  const { rows, enabled, duplicates } = counts
  if (rows > maxTableRows) return `The table holds more than ${maxTableRows} rows. Remove those that are not in use.`
  if (enabled === 0) return 'The table holds no row that is enabled.'
  if (duplicates === 0) return undefined
  return `The table holds ${duplicates} models more than once; names may not differ in case alone. Remove or rename them.`
}
