import { parseArgs } from 'node:util'
import { readEnvironment } from '../../shared/gateway/config/environment.ts'
import { parseTableName } from '../../shared/models/sources/table.ts'
import { confirm } from '../cloud/prompt/ask.ts'
import { Interruption } from '../cloud/prompt/on-interrupt.ts'
import { readVariables } from '../variables/read-variables.ts'
import { commands } from './commands.ts'
import { openDatabase } from './database.ts'

/** `npm run models -- COMMAND`: edits the table with the model map from a developer's machine. */

const usage = `npm run models -- COMMAND [--yes]

${Object.entries(commands)
  .map(([name, { argument, help }]) => `  ${[name, argument].filter(Boolean).join(' ').padEnd(14)}${help}`)
  .join('\n')}

  --yes         writes without a question

The table is in the database of MYSQL_DSN. Without MYSQL_DSN, it is in the database of the environment: set
CLOUDBASE_ENV_ID, TENCENTCLOUD_SECRETID and TENCENTCLOUD_SECRETKEY. The variables may also be in .env. Running functions
use a change after POST /admin/reload.`

/** Asks on the terminal. Without a terminal, changes are written only with `--yes`. */
const createConfirm =
  (yes: boolean) =>
  async (question: string): Promise<boolean> => {
    if (yes) return true
    if (process.stdin.isTTY) return confirm(question)
    console.log('Nothing was written. Repeat the command with --yes to write it.')
    return false
  }

/** Finds a command by its name and checks the number of its arguments.
 *  @throws TypeError with the problem and the usage */
const findCommand = (name: string, words: readonly string[]) => {
  const command = Object.hasOwn(commands, name) ? commands[name] : undefined
  const usageError = (message: string) => new TypeError(`${message}\n\n${usage}`)
  if (!command) throw usageError(name === '' ? 'Name a command.' : `There is no command '${name}'.`)
  const { argument } = command
  if (argument && words.length === 0) throw usageError(`${name} needs a ${argument}.`)
  const excess = words[argument ? 1 : 0]
  if (excess !== undefined) throw usageError(`'${excess}' is a word too many.`)
  return command
}

const main = async (): Promise<boolean> => {
  const { values: flags, positionals } = parseArgs({
    options: { yes: { type: 'boolean', default: false }, help: { type: 'boolean', short: 'h', default: false } },
    allowPositionals: true,
  })
  if (flags.help) {
    console.log(usage)
    return true
  }
  const [name = '', argument = '', ...rest] = positionals
  const command = findCommand(name, [argument, ...rest].filter(Boolean))
  command.check?.(argument)
  const variables = readVariables(process.cwd(), process.env)
  const { values } = readEnvironment(variables)
  const table = parseTableName(values.REMOTE_CONFIG_TABLE)
  if (!table) throw new TypeError('REMOTE_CONFIG_TABLE is no table name. Letters, digits and underscores make one.')
  const database = await openDatabase(values, variables)
  const tools = { database, table, allowPrivate: values.ALLOW_PRIVATE_UPSTREAMS, print: console.log }
  try {
    return await command.run({ ...tools, confirm: createConfirm(flags.yes) }, argument)
  } finally {
    await database.close()
  }
}

try {
  if (!(await main())) process.exitCode = 1
} catch (error) {
  console.error(error instanceof Error ? error.message : String(error))
  process.exitCode = error instanceof Interruption ? error.exitCode : 1
}
