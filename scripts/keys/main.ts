import { readConfig } from '../../shared/gateway/config/config.ts'
import { readKeysConfig } from '../../shared/gateway/config/keys-config.ts'
import { openKeys } from '../../shared/gateway/stores/open-keys.ts'
import { isGatewayError } from '../../shared/protocol/errors.ts'
import { createRedactor } from '../cloud/client/redact.ts'
import { checkArguments, findCommand, parseArguments } from '../command-line/parse-arguments.ts'
import { readLanguage } from '../command-line/read-language.ts'
import { runTool } from '../command-line/run-tool.ts'
import { addDevStore } from '../usage/dev-records.ts'
import { readVariables, type Variables } from '../variables/read-variables.ts'
import { type KeyCommand, keyCommands } from './keys-command.ts'
import { type KeyMessages, keyMessages } from './messages.ts'

const text = { type: 'string' } as const
const options = {
  name: text,
  models: text,
  endpoints: text,
  addresses: text,
  points: text,
  window: text,
  expires: text,
  groups: text,
  user: text,
  help: { type: 'boolean', short: 'h', default: false },
} as const

const formatHelp = (messages: KeyMessages): string =>
  messages.help(
    Object.entries(keyCommands)
      .map(([name, row]) => `  ${[name, ...row.arguments].join(' ').padEnd(22)}${messages[row.help]}`)
      .join('\n'),
  )

/** `npm run keys`: makes, lists, shows and revokes the keys of users. Resolves with the exit code. */
const main = async (args: readonly string[]): Promise<number> => {
  const messages = keyMessages[readLanguage()]
  const help = formatHelp(messages)
  const { values, positionals } = parseArguments(args, { options, help, positionals: 2 })
  if (values.help) {
    console.log(help)
    return 0
  }
  const [name = '', ...rest] = positionals
  const command = findCommand(positionals[0], keyCommands, help)
  checkArguments(rest, { name, takes: command.arguments, help })
  const variables = addDevStore(readVariables(process.cwd(), process.env))
  if (variables['KEYS'] !== 'on') console.error(messages.notOn)
  return runCommand(command, { argument: rest[0], values, variables, messages })
}

interface CommandRun {
  readonly argument: string | undefined
  readonly values: Parameters<KeyCommand['run']>[1]['options']
  readonly variables: Variables
  readonly messages: KeyMessages
}

const runCommand = async (
  command: KeyCommand,
  { argument, values, variables, messages }: CommandRun,
): Promise<number> => {
  const config = readConfig({ ...variables, KEYS: 'on', DISABLE_AUTH: 'true', LOG_LEVEL: 'error' })
  const opened = config.keys && readKeysConfig(config.keys)
  if (!opened?.store.value) {
    console.error(opened?.store.problem)
    return 1
  }
  const keys = await openKeys(opened)
  try {
    const problem = await command.run(argument, { keys, options: values, messages, print: console.log })
    if (problem !== undefined) console.error(problem)
    return problem === undefined ? 0 : 1
  } catch (error) {
    const reason = isGatewayError(error) ? error.message : messages.failed(String(error))
    console.error(createRedactor(variables)(reason))
    return 1
  } finally {
    await keys.end()
  }
}

await runTool(main)
