import { readEnvironment } from '../../shared/gateway/config/variables/environment.ts'
import { confirm } from '../cloud/prompt/ask.ts'
import { Interruption } from '../cloud/prompt/on-interrupt.ts'
import { readsModelTable } from '../cloud/settings/uses-mysql.ts'
import { checkArguments, findCommand, parseArguments } from '../command-line/parse-arguments.ts'
import { runTool } from '../command-line/run-tool.ts'
import { UsageError } from '../command-line/usage-error.ts'
import { getLanguage } from '../language.ts'
import { readVariables } from '../variables/read-variables.ts'
import { type CommandName, type CommandRow, commands } from './commands.ts'
import { openDatabase } from './database.ts'
import { fieldOptions, readFieldOptions } from './field-options.ts'
import { modelsMessages } from './messages.ts'
import { requireTableName } from './model-map.ts'

/** `npm run models -- COMMAND`: edits the table with the model map from a developer's machine. */

const messages = modelsMessages[getLanguage(readVariables(process.cwd(), process.env))]

const usage = messages.usage(
  (Object.keys(commands) as CommandName[])
    .map(
      (name) => `  ${[name, commands[name].argument].filter(Boolean).join(' ').padEnd(14)}${messages.commands[name]}`,
    )
    .join('\n'),
)

/** Asks on the terminal. Without a terminal, changes are written only with `--yes`. */
const createConfirm =
  (yes: boolean) =>
  async (question: string): Promise<boolean> => {
    if (yes) return true
    if (process.stdin.isTTY) return confirm(question)
    console.log(messages.nothingDone)
    return false
  }

/** Checks the argument of a command before anything is opened.
 *  @throws UsageError if it is missing or too many */
const checkArgument = (name: string, { argument: wanted, check }: CommandRow, argument: string): void => {
  checkArguments(argument ? [argument] : [], { name, takes: wanted ? [wanted] : [], help: usage })
  check?.(argument)
}

const options = {
  ...fieldOptions,
  file: { type: 'string' },
  'api-key': { type: 'string' },
  yes: { type: 'boolean', default: false },
  help: { type: 'boolean', short: 'h', default: false },
} as const

/** Returns the fields of an entry that the options set.
 *  @throws UsageError if the command takes none */
const readFields = ({ takesFields }: CommandRow, flags: Readonly<Record<string, unknown>>) => {
  if (flags['api-key'] !== undefined) throw new UsageError(messages.keyOption, usage)
  const given = [...Object.keys(fieldOptions), 'file'].find((option) => flags[option] !== undefined)
  if (given === undefined || takesFields) return readFieldOptions(flags)
  throw new UsageError(messages.fieldsForCreate(`--${given}`), usage)
}

const main = async (args: readonly string[]): Promise<boolean> => {
  const { values: flags, positionals } = parseArguments(args, { options, help: usage, positionals: 2 })
  if (flags.help) {
    console.log(usage)
    return true
  }
  const [name = '', argument = ''] = positionals
  const command = findCommand(positionals[0], commands, usage)
  checkArgument(name, command, argument)
  const fields = readFields(command, flags)
  const variables = readVariables(process.cwd(), process.env)
  const { values } = readEnvironment(variables)
  const allowPrivate = values.ALLOW_PRIVATE_UPSTREAMS
  const tools = { fields, allowPrivate, variables, print: console.log, confirm: createConfirm(flags.yes) }
  const usesTable = flags.file === undefined && readsModelTable(variables)
  if (command.runAlone && !(command.run && usesTable))
    return command.runAlone({ ...tools, file: flags.file ?? 'model_map.json' }, argument)
  const table = requireTableName(values.REMOTE_CONFIG_TABLE)
  const database = await openDatabase(values, variables)
  try {
    return (await command.run?.({ ...tools, database, table }, argument)) ?? false
  } finally {
    await database.close()
  }
}

await runTool(async (args) => {
  try {
    return (await main(args)) ? 0 : 1
  } catch (error) {
    if (error instanceof UsageError) throw error
    console.error(error instanceof Error ? error.message : String(error))
    return error instanceof Interruption ? error.exitCode : 1
  }
})
