import { validateMap } from '../../shared/models/entries/validate-map.ts'
import type { TableName } from '../../shared/models/sources/table.ts'
import { toLoadedMap } from '../../shared/models/sources/table.ts'
import { type JsonObject, parseJson } from '../../shared/runtime/json.ts'
import { readText } from '../variables/read-text.ts'
import type { Database } from './database.ts'
import { type Change, changesTo, linesOf, type Row, rowsOfMap, shown } from './difference.ts'

/** What a command works with. */
export interface Tools {
  readonly database: Database
  readonly table: TableName
  readonly allowPrivate: boolean
  readonly print: (line: string) => void
  /** Asks the person; true to go on. */
  readonly confirm: (question: string) => Promise<boolean>
}

/** A command of `npm run models`; resolves to whether all is well. */
export type Command = (tools: Tools, argument: string) => Promise<boolean>

const reloadHint = 'Running functions take it over after POST /admin/reload.'

const rowsIn = ({ database, table }: Tools): Promise<JsonObject[]> =>
  database.run(`SELECT * FROM ${table.quoted} ORDER BY model_name`)

/** Prints the table without its keys. */
const list: Command = async (tools) => {
  const rows = await rowsIn(tools)
  for (const row of rows) {
    const key = row['api_key_env'] ? shown('api_key_env', row['api_key_env']) : shown('api_key', row['api_key'])
    const state = Number(row['enabled'] ?? 1) === 1 ? 'on' : 'off'
    tools.print(
      [state, row['model_name'], row['provider'], shown('api_base', row['api_base']), key].map(String).join('  '),
    )
  }
  tools.print(`${rows.length} models`)
  return true
}

/** The rows of a model map file. @throws TypeError when it cannot be read, or is no model map */
const rowsInFile = (path: string): Row[] => {
  let text = ''
  try {
    text = readText(path)
  } catch {
    throw new TypeError(`${path} cannot be read. Name the file of a model map.`)
  }
  return rowsOfMap(parseJson(text))
}

/** Writes the entries of a model map file into the table, after showing what would change. */
const importFile: Command = async (tools, path) => {
  const changes = changesTo(rowsInFile(path), await rowsIn(tools))
  const columns = new Set(
    (await tools.database.run(`SHOW COLUMNS FROM ${tools.table.quoted}`)).map((row) => row['Field']),
  )
  const missing = new Set(changes.flatMap((change) => change.columns).filter((column) => !columns.has(column)))
  if (missing.size > 0) {
    tools.print(`The table has no column ${[...missing].join(', ')}. Add it with scripts/sql/model-map-columns.sql.`)
    return false
  }
  for (const line of changes.flatMap(linesOf)) tools.print(line)
  if (changes.length === 0) tools.print('The table holds all of it already.')
  if (changes.length === 0 || !(await tools.confirm(`Write ${changes.length} rows?`))) return changes.length === 0
  for (const change of changes) await write(tools, change)
  tools.print(`${changes.length} rows written. ${reloadHint}`)
  return true
}

const write = ({ database, table }: Tools, { row, before }: Change): Promise<JsonObject[]> =>
  before
    ? database.run(`UPDATE ${table.quoted} SET ? WHERE model_name = ?`, [row, before['model_name']])
    : database.run(`INSERT INTO ${table.quoted} SET ?`, [row])

const switchTo =
  (enabled: 0 | 1): Command =>
  async (tools, name) => {
    const [row] = await tools.database.run(`SELECT * FROM ${tools.table.quoted} WHERE model_name = ?`, [name])
    if (!row) {
      tools.print(`There is no model '${name}' in the table. npm run models -- list shows those there are.`)
      return false
    }
    const wanted = Number(row['enabled']) === enabled
    tools.print(`~ ${String(row['model_name'])}\n    enabled: ${String(row['enabled'])} → ${enabled}`)
    if (wanted || !(await tools.confirm('Write it?'))) return wanted
    await tools.database.run(`UPDATE ${tools.table.quoted} SET enabled = ? WHERE model_name = ?`, [enabled, name])
    tools.print(reloadHint)
    return true
  }

/** Judges the table as the gateway will. Whether key variables are set is known in the functions only. */
const check: Command = async (tools) => {
  const loaded = toLoadedMap(await rowsIn(tools), 'mysql')
  const options = { variable: () => 'set', allowPrivate: tools.allowPrivate }
  const { usable, rejected, unknownFields, unknownProviders } = validateMap(loaded.entries, options)
  const problems = [...loaded.rejected, ...rejected]
  for (const { model, reason } of problems) tools.print(`! ${model}: ${reason}`)
  if (loaded.warning) tools.print(`! ${loaded.warning}`)
  if (unknownFields.length > 0) tools.print(`  columns that mean nothing to the gateway: ${unknownFields.join(', ')}`)
  if (unknownProviders.length > 0)
    tools.print(`  providers taken to speak OpenAI's API: ${unknownProviders.join(', ')}`)
  const versions = await tools.database
    .run(`SELECT name FROM ${tools.table.quotedState} LIMIT 1`)
    .catch(() => undefined)
  if (!versions) tools.print('  no table of versions: edits go live by themselves; scripts/sql/state.sql makes it')
  tools.print(`${usable.size} models can be used`)
  return problems.length === 0 && loaded.warning === undefined
}

interface CommandRow {
  readonly run: Command
  readonly does: string
  readonly argument?: string
  /** Looks at the argument before the database is opened. @throws TypeError where it makes no sense */
  readonly check?: (argument: string) => unknown
}

/** The commands by name, with what each does and takes. */
export const commands: Readonly<Record<string, CommandRow>> = {
  import: {
    run: importFile,
    argument: 'FILE',
    check: rowsInFile,
    does: 'writes the entries of a model map file into the table; deletes none',
  },
  list: { run: list, does: 'shows the rows of the table, without their keys' },
  enable: { run: switchTo(1), argument: 'NAME', does: 'switches a model on' },
  disable: { run: switchTo(0), argument: 'NAME', does: 'switches a model off' },
  check: { run: check, does: 'judges the table as the gateway will' },
}
