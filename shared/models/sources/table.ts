import { tableNamePattern } from '../../drivers/mysql.ts'
import { isObject, type JsonObject } from '../../runtime/json.ts'
import { parseBoolean } from '../../runtime/parse-text.ts'
import { toPrintableName } from '../entries/validate-map.ts'
import { hashContent, type LoadedMap, type SourceName } from './source.ts'

/** A table, and its database where one is named. */
export interface TableName {
  readonly database: string | undefined
  readonly table: string
  /** Both in backticks, ready for a statement. */
  readonly quoted: string
  /** The table of version stamps beside it, in backticks. */
  readonly quotedState: string
}

/** The table of version stamps: one row a model map (`scripts/sql/state.sql`). */
export const stateTable = 'llm_gateway_state'

/** Reads a table's name, `table` or `database.table`; undefined for anything else, because a name cannot be a parameter of a
 *  statement. */
export const parseTableName = (text: string): TableName | undefined => {
  const { database, table } = tableNamePattern.exec(text)?.groups ?? {}
  if (!table) return undefined
  const prefix = database ? `\`${database}\`.` : ''
  return { database, table, quoted: `${prefix}\`${table}\``, quotedState: `${prefix}\`${stateTable}\`` }
}

/** The most rows a table may hold; one more is asked for, to see that there are too many. */
export const maxRows = 20_000

/** Makes a map of the table's rows, as any of the sources returns them: only rows whose `enabled` is 1, or all where the table
 *  has no such column. Names that differ in nothing but case are one name to MySQL, so both are left out and the map is in
 *  doubt. */
export const toLoadedMap = (rows: readonly JsonObject[], source: SourceName): LoadedMap => {
  const enabled = rows.filter(isRowEnabled)
  const names = enabled.map(getModelName)
  const clashing = findClashes(names)
  const entries = new Map<string, JsonObject>()
  for (const [index, row] of enabled.entries()) {
    const name = names[index] ?? ''
    if (!clashing.has(foldName(name))) entries.set(name, row)
  }
  return {
    source,
    version: hashContent(JSON.stringify(enabled)),
    entries,
    rejected: [
      ...[...clashing].map((model) => ({ model: model.slice(0, 128), reason: duplicateName })),
      ...rows
        .filter(hasInvalidEnabled)
        .map((row) => ({ model: toPrintableName(getModelName(row)), reason: invalidEnabled })),
    ],
    list: undefined,
    warning: findWarning({ rows: rows.length, enabled: enabled.length, clashing: clashing.size }),
  }
}

const duplicateName =
  'The table holds it more than once; names may not differ in case alone. Remove or rename all but one.'

const getModelName = ({ model_name: name }: JsonObject): string => (typeof name === 'string' ? name : '')

const isRowEnabled = (row: JsonObject): boolean => !('enabled' in row) || isOne(row['enabled'])

/** A `BIT(1)` comes as a buffer, and PostgREST may say `true`. */
const isOne = (value: unknown): boolean =>
  value instanceof Uint8Array ? value.length === 1 && value[0] === 1 : value === 1 || value === true || value === '1'

/** A word in the switch's column that does not say no: to the table nothing but 1 is a yes. */
const hasInvalidEnabled = ({ enabled }: JsonObject): boolean =>
  typeof enabled === 'string' && !/^[\s\0]*-?[\d.]*[\s\0]*$/.test(enabled) && parseBoolean(enabled) !== false

const invalidEnabled = 'Its enabled must be 1 or 0.'

const foldName = (model: string): string => model.trim().toLowerCase()

const findClashes = (names: readonly string[]): Set<string> => {
  const seen = new Set<string>()
  const clashing = new Set<string>()
  for (const name of names.map(foldName)) {
    if (name !== '' && seen.has(name)) clashing.add(name)
    seen.add(name)
  }
  return clashing
}

const findWarning = (count: { rows: number; enabled: number; clashing: number }): LoadedMap['warning'] => {
  if (count.rows > maxRows) return `The table holds more than ${maxRows} rows. Remove those that are not in use.`
  if (count.enabled === 0) return 'The table holds no row that is enabled.'
  if (count.clashing === 0) return undefined
  return `The table holds ${count.clashing} models more than once; names may not differ in case alone. Remove or rename them.`
}

/** The rows of an answer that is not typed. */
export const toRows = (answer: unknown): JsonObject[] => (Array.isArray(answer) ? answer.filter(isObject) : [])
