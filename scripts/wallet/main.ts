import { readConfig } from '../../shared/gateway/config/config.ts'
import { openWallets } from '../../shared/gateway/stores/open-wallets.ts'
import { isGatewayError } from '../../shared/protocol/errors.ts'
import { createRedactor } from '../cloud/client/redact.ts'
import { checkArguments, findCommand, parseArguments } from '../command-line/parse-arguments.ts'
import { runTool } from '../command-line/run-tool.ts'
import { addDevStore } from '../usage/dev-records.ts'
import { readVariables } from '../variables/read-variables.ts'
import { walletCommands } from './wallet-command.ts'

const usage = `npm run wallet -- COMMAND [--key KEY] [--reason TEXT] [--expires 2027-01-01]

${Object.entries(walletCommands)
  .map(([name, { arguments: names, help }]) => `  ${[name, ...names].join(' ').padEnd(22)}${help}`)
  .join('\n')}

The wallets are in the store of USAGE_STORE; without it, in that of npm run dev. The variables may also be in .env.`

const text = { type: 'string' } as const
const options = {
  key: text,
  reason: text,
  expires: text,
  help: { type: 'boolean', short: 'h', default: false },
} as const

/** `npm run wallet`: grants and takes back points, shows wallets and proves their books. Resolves with the exit code. */
const main = async (args: readonly string[]): Promise<number> => {
  const { values, positionals } = parseArguments(args, { options, help: usage, positionals: 3 })
  if (values.help) {
    console.log(usage)
    return 0
  }
  const [name = '', ...rest] = positionals
  const command = findCommand(positionals[0], walletCommands, usage)
  checkArguments(rest, { name, takes: command.arguments, help: usage })
  const variables = addDevStore(readVariables(process.cwd(), process.env))
  const config = readConfig({ ...variables, WALLET: 'on', DISABLE_AUTH: 'true', LOG_LEVEL: 'error' })
  if (config.wallet.kind !== 'on') return 1
  const wallets = await openWallets(config)()
  try {
    return (await command.run(wallets, rest, values, console.log)) ? 0 : 1
  } catch (error) {
    const reason = isGatewayError(error) ? error.message : `The store of wallets failed. ${String(error)}`
    console.error(createRedactor(variables)(reason))
    return 1
  } finally {
    await wallets.store.end()
  }
}

await runTool(main)
