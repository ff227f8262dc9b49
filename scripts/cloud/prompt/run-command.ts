import { readVariables, type Variables } from '../../variables/read-variables.ts'
import { toCloudFailure } from '../client/cloud-failure.ts'
import { createRedactor } from '../client/redact.ts'
import { askCredentials } from './ask-credentials.ts'
import { Interruption } from './on-interrupt.ts'
import type { Print } from './run-steps.ts'

export interface CommandContext {
  /** The folder of the gateway. */
  readonly folder: string
  readonly variables: Variables
  /** Prints a line, secrets taken out. */
  readonly print: Print
}

/** A command of this package. */
export interface Command<Options extends { readonly help: boolean }> {
  /** What `--help` prints. */
  readonly help: string
  /** @throws DeploymentError on arguments that make no sense */
  readonly parse: (args: readonly string[]) => Options
  /** Whether to ask on the terminal for what opens the environment, where it is not set. */
  readonly asks: (options: Options) => boolean
  /** Does it; false: it did not succeed, and has said why. */
  readonly run: (options: Options, context: CommandContext) => Promise<boolean>
}

/** Runs a command in the current folder. It ends with exit code 0 where it succeeds, else with 1; an error is printed as what went
 *  wrong and what to do, without a stack. Ctrl-C at a question ends it with 130. */
export const runCommand = async <Options extends { readonly help: boolean }>(
  command: Command<Options>,
  args: readonly string[],
): Promise<void> => {
  const folder = process.cwd()
  let variables = readVariables(folder, process.env)
  const print: Print = (line) => console.log(createRedactor(variables)(line))
  try {
    const options = command.parse(args)
    if (options.help) return print(command.help)
    if (command.asks(options)) variables = await askCredentials(folder, variables)
    process.exitCode = (await command.run(options, { folder, variables, print })) ? 0 : 1
  } catch (error) {
    if (error instanceof Interruption) {
      console.error(`\n${error.message}`)
      process.exitCode = error.exitCode
      return
    }
    const { reason, advice } = toCloudFailure(error)
    console.error(createRedactor(variables)(`\n✗ ${reason}${advice === '' ? '' : `\n  ${advice}`}`))
    process.exitCode = 1
  }
}
