import { readEnvironment } from '../../shared/gateway/config/environment.ts'
import { parseTableName } from '../../shared/models/sources/table.ts'
import { confirm } from '../cloud/prompt/ask.ts'
import { Interruption } from '../cloud/prompt/on-interrupt.ts'
import { argumentMessages } from '../command-line/messages.ts'
import { findCommand, parseArguments } from '../command-line/parse-arguments.ts'
import { runTool } from '../command-line/run-tool.ts'
import { UsageError } from '../command-line/usage-error.ts'
import { getLanguage } from '../language.ts'
import { readVariables } from '../variables/read-variables.ts'
import { type CommandRow, commands } from './commands.ts'
import { openDatabase } from './database.ts'

/** `npm run models -- COMMAND`: edits the table with the model map from a developer's machine. */

const usage = `npm run models -- COMMAND [--yes]

${Object.entries(commands)
  .map(([name, { argument, help }]) => `  ${[name, argument].filter(Boolean).join(' ').padEnd(14)}${help}`)
  .join('\n')}

  --yes         goes on without a question

The table is in the database of MYSQL_DSN. Without MYSQL_DSN, it is in the database of the environment: set
CLOUDBASE_ENV_ID, TENCENTCLOUD_SECRETID and TENCENTCLOUD_SECRETKEY. The variables may also be in .env. Running functions
use a change after POST /admin/reload.`

/** Asks on the terminal. Without a terminal, changes are written only with `--yes`. */
const createConfirm =
  (yes: boolean) =>
  async (question: string): Promise<boolean> => {
    if (yes) return true
    if (process.stdin.isTTY) return confirm(question)
    console.log('Nothing was done. Repeat the command with --yes to do it.')
    return false
  }

/** Checks the argument of a command before anything is opened.
 *  @throws UsageError if it is missing or too many */
const checkArgument = (name: string, { argument: wanted, check }: CommandRow, argument: string): void => {
  const messages = argumentMessages[getLanguage(process.env)]
  if (wanted && !argument) throw new UsageError(messages.missing(name, wanted), usage)
  if (!wanted && argument) throw new UsageError(messages.excess(argument), usage)
  check?.(argument)
}

const options = {
  yes: { type: 'boolean', default: false },
  help: { type: 'boolean', short: 'h', default: false },
} as const

const main = async (args: readonly string[]): Promise<boolean> => {
  const { values: flags, positionals } = parseArguments(args, { options, help: usage, positionals: 2 })
  if (flags.help) {
    console.log(usage)
    return true
  }
  const [name = '', argument = ''] = positionals
  const command = findCommand(positionals[0], commands, usage)
  checkArgument(name, command, argument)
  const variables = readVariables(process.cwd(), process.env)
  if (command.runAlone) return command.runAlone({ variables, print: console.log }, argument)
  const { values } = readEnvironment(variables)
  const table = parseTableName(values.REMOTE_CONFIG_TABLE)
  if (!table) throw new TypeError('REMOTE_CONFIG_TABLE is no table name. Letters, digits and underscores make one.')
  const database = await openDatabase(values, variables)
  const tools = { database, table, allowPrivate: values.ALLOW_PRIVATE_UPSTREAMS, variables, print: console.log }
  try {
    return (await command.run?.({ ...tools, confirm: createConfirm(flags.yes) }, argument)) ?? false
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
