import { parseJson } from '../../shared/runtime/json.ts'
import { readText } from '../variables/read-text.ts'
import { check } from './check.ts'
import { type Command, getMessages, type Tools } from './command.ts'
import { type CreateTools, createModel, openMapFile } from './create.ts'
import { findChanges, formatChange, formatValue, type Row, toTableRow, toTableRows } from './difference.ts'
import type { modelsMessages } from './messages.ts'
import { printStatus, type StatusTools } from './status.ts'
import { findMissingColumns, readRows, writeRow } from './table-rows.ts'

/** Prints the rows of the table without their keys. */
const list: Command = async (tools) => {
  const rows = await readRows(tools)
  for (const row of rows) {
    const keyColumn = row['api_key_env'] ? 'api_key_env' : 'api_key'
    const state = Number(row['enabled'] ?? 1) === 1 ? 'on' : 'off'
    const columns = [row['provider'], formatValue('api_base', row['api_base']), formatValue(keyColumn, row[keyColumn])]
    tools.print([state, row['model_name'], ...columns].map(String).join('  '))
  }
  tools.print(getMessages(tools).models(rows.length))
  return true
}

/** Reads a model map file as rows.
 *  @throws TypeError if it cannot be read, or is no model map */
const readMapFile = (path: string): Row[] => {
  let text = ''
  try {
    text = readText(path)
  } catch {
    throw new TypeError(getMessages({ variables: process.env }).unreadable(path))
  }
  return toTableRows(parseJson(text))
}

/** Shows the changes that bring the entries of a model map file into the table, and writes them if the user agrees. */
const importFile: Command = async (tools, path) => {
  const changes = findChanges(readMapFile(path), await readRows(tools))
  const columns = changes.flatMap((change) => change.columns)
  const messages = getMessages(tools)
  if (!(await hasColumns(tools, columns))) return false
  for (const line of changes.flatMap(formatChange)) tools.print(line)
  if (changes.length === 0) {
    tools.print(messages.holdsAll)
    return true
  }
  if (!(await tools.confirm(messages.writeRows(changes.length)))) return false
  for (const change of changes) await writeRow(tools, change)
  tools.print(`${messages.rowsWritten(changes.length)} ${messages.reload}`)
  return true
}

/** Whether the table has these columns. Prints those that it lacks. */
const hasColumns = async (tools: Tools, columns: readonly string[]): Promise<boolean> => {
  const missing = await findMissingColumns(tools, columns)
  if (missing.length > 0) tools.print(getMessages(tools).noColumns(missing.join(', ')))
  return missing.length === 0
}

/** Adds a model to the table. */
const createInTable: Command = async (tools, model) => {
  const row = toTableRow(model, tools.fields)
  if (!(await hasColumns(tools, Object.keys(row)))) return false
  const rows = await readRows(tools)
  return createModel(model, tools, {
    name: tools.table.table,
    entries: new Map(rows.map((known) => [String(known['model_name']), known])),
    write: () => writeRow(tools, { row, before: undefined, columns: [] }),
    next: [`${getMessages(tools).reload} ${getMessages(tools).newKey}`],
  })
}

const setEnabled =
  (enabled: 0 | 1): Command =>
  async (tools, name) => {
    const [row] = await tools.database.run(`SELECT * FROM ${tools.table.quoted} WHERE model_name = ?`, [name])
    if (!row) {
      tools.print(getMessages(tools).noModel(name))
      return false
    }
    tools.print(`~ ${String(row['model_name'])}\n    enabled: ${String(row['enabled'])} → ${enabled}`)
    if (Number(row['enabled']) === enabled) return true
    if (!(await tools.confirm(getMessages(tools).writeIt))) return false
    await tools.database.run(`UPDATE ${tools.table.quoted} SET enabled = ? WHERE model_name = ?`, [enabled, name])
    tools.print(getMessages(tools).reload)
    return true
  }

/** The things that a command works with that needs no database. */
export interface LocalTools extends CreateTools, StatusTools {
  /** The path of the model map file. */
  readonly file: string
}

/** The name of a command. */
export type CommandName = keyof (typeof modelsMessages)['en']['commands']

/** A row of the table of commands. A command with both functions works on the table if one is configured. */
export interface CommandRow {
  /** Undefined: the command works without the database. */
  readonly run?: Command
  readonly runAlone?: (tools: LocalTools, argument: string) => Promise<boolean>
  /** Whether it takes the fields of an entry as options. */
  readonly takesFields?: true
  /** The name of its argument in the help; undefined if it takes none. */
  readonly argument?: string
  /** Checks the argument before the database is opened.
   *  @throws TypeError if the argument is wrong */
  readonly check?: (argument: string) => unknown
}

/** The commands by name. Their help is among the messages. */
export const commands: Readonly<Record<CommandName, CommandRow>> = {
  import: {
    run: importFile,
    argument: 'FILE',
    check: readMapFile,
  },
  create: {
    run: createInTable,
    runAlone: (tools, model) => createModel(model, tools, openMapFile(tools.file, model, tools)),
    argument: 'NAME',
    takesFields: true,
  },
  list: { run: list },
  enable: { run: setEnabled(1), argument: 'NAME' },
  disable: { run: setEnabled(0), argument: 'NAME' },
  check: { run: check },
  status: {
    runAlone: printStatus,
    argument: 'URL',
  },
}
