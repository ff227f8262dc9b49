import { existsSync, writeFileSync } from 'node:fs'
import { readEnvironment } from '../../shared/gateway/config/variables/environment.ts'
import { loadLocalMap } from '../../shared/models/sources/local-source.ts'
import type { LoadedMap } from '../../shared/models/sources/source.ts'
import { parseTableName, type TableName, toLoadedMap } from '../../shared/models/sources/table.ts'
import { isObject, type JsonObject, parseJson } from '../../shared/runtime/json.ts'
import { readsModelTable } from '../cloud/settings/uses-mysql.ts'
import { getLanguage } from '../language.ts'
import { readText } from '../variables/read-text.ts'
import type { Variables } from '../variables/read-variables.ts'
import { type Database, openDatabase } from './database.ts'
import { type Change, dropBlank, toColumnValue, toTableRow } from './difference.ts'
import { modelsMessages } from './messages.ts'
import { findMissingColumns, readRows, writeRow } from './table-rows.ts'

/** A model map that the tools edit: a file, or the table. */
export interface ModelMap {
  readonly kind: 'file' | 'table'
  /** As messages name it. */
  readonly name: string
  /** Reads its entries, switched on or not, and the map that a gateway would load. */
  readonly read: () => Promise<ReadMap>
  /** Returns the row of a new model. */
  readonly toRow: (model: string, fields: JsonObject) => Change['row']
  /** Returns the row of a known model after a change of fields; an undefined one is removed. */
  readonly toChangedRow: (model: string, fields: JsonObject, before: JsonObject) => Change['row']
  /** Returns why a change cannot be written; undefined if it can. */
  readonly findObstacle: (change: Change) => Promise<string | undefined>
  readonly write: (change: Change) => Promise<void>
  readonly close: () => Promise<void>
}

/** The content of a {@link ModelMap}. */
export interface ReadMap {
  readonly entries: ReadonlyMap<string, JsonObject>
  readonly loaded: LoadedMap
}

/** Opens the model map of a folder: the table if one is configured, or else the file.
 *  @throws TypeError if the table has no valid name, or no database is named */
export const openModelMap = async (variables: Variables, file: string): Promise<ModelMap> => {
  if (!readsModelTable(variables)) return openMapFile(file, variables)
  const { values } = readEnvironment(variables)
  const table = requireTableName(values.REMOTE_CONFIG_TABLE)
  return openMapTable(await openDatabase(values, variables), table, variables)
}

/** @throws TypeError if a text is no table name */
export const requireTableName = (text: string): TableName => {
  const table = parseTableName(text)
  if (table) return table
  throw new TypeError('REMOTE_CONFIG_TABLE is no table name. Letters, digits and underscores make one.')
}

const openMapTable = (database: Database, table: TableName, variables: Variables): ModelMap => ({
  kind: 'table',
  name: table.table,
  read: async () => {
    const rows = await readRows({ database, table })
    const entries = new Map(rows.map((row) => [String(row['model_name']), row]))
    return { entries, loaded: toLoadedMap(rows, 'mysql') }
  },
  toRow: toTableRow,
  toChangedRow: (model, fields) => ({ ...toColumns(fields), model_name: model }),
  findObstacle: async ({ row }) => {
    const missing = await findMissingColumns({ database, table }, Object.keys(row))
    return missing.length > 0 ? modelsMessages[getLanguage(variables)].noColumns(missing.join(', ')) : undefined
  },
  write: (change) => writeRow({ database, table }, change),
  close: database.close,
})

/** Columns that the table of the original does not let be NULL. */
const requiredColumns: readonly string[] = ['provider', 'api_base', 'api_key_env']

const toColumns = (fields: JsonObject): JsonObject =>
  Object.fromEntries(
    Object.entries(fields).map(([name, value]) => {
      const blank = requiredColumns.includes(name) ? '' : null
      return [name, value === undefined || value === '' ? blank : toColumnValue(value)]
    }),
  )

/** Opens a model map file. A file that does not exist is created with the first change. */
const openMapFile = (path: string, variables: Variables): ModelMap => {
  const read = () => readMapObject(path, variables)
  return {
    kind: 'file',
    name: path,
    read: async () => {
      const map = read()
      const loaded = loadLocalMap({
        map: JSON.stringify(map),
        mapFile: undefined,
        list: undefined,
        listFile: undefined,
        log: () => undefined,
      })
      return { entries: listEntries(map), loaded }
    },
    toRow: (model, fields) => ({ ...fields, model_name: model }),
    toChangedRow: (model, fields, before) => ({ ...dropBlank({ ...before, ...fields }), model_name: model }),
    findObstacle: () => Promise.resolve(undefined),
    write: async ({ row: { model_name: model, ...fields } }) => writeMapEntry(path, model, fields, variables),
    close: () => Promise.resolve(),
  }
}

/** Reads the JSON object of a model map file; an empty one if there is no file.
 *  @throws TypeError if it holds no JSON object */
export const readMapObject = (path: string, variables: Variables): JsonObject => {
  const map = existsSync(path) ? parseJson(readText(path)) : {}
  if (isObject(map)) return map
  throw new TypeError(modelsMessages[getLanguage(variables)].noMap(path))
}

/** The entries of a map; other values, such as comments, are left out. */
export const listEntries = (map: JsonObject): Map<string, JsonObject> =>
  new Map(Object.entries(map).filter((pair): pair is [string, JsonObject] => isObject(pair[1])))

/** Writes one entry into a model map file. The others stay as they are, in their order. */
export const writeMapEntry = (path: string, model: string, fields: JsonObject, variables: Variables): void =>
  writeFileSync(path, `${JSON.stringify({ ...readMapObject(path, variables), [model]: fields }, null, 2)}\n`)
