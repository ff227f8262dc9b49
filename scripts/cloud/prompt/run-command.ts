import { UsageError, usageExitCode } from '../../command-line/usage-error.ts'
import { getLanguage, type Language } from '../../language.ts'
import { readVariables, type Variables } from '../../variables/read-variables.ts'
import { toCloudFailure } from '../client/cloud-failure.ts'
import { createRedactor } from '../client/redact.ts'
import { cloudMessages } from '../messages.ts'
import { askCredentials } from './ask-credentials.ts'
import { Interruption } from './on-interrupt.ts'
import type { Print } from './run-steps.ts'

/** The context of a command. */
export interface CommandContext {
  /** The folder of the gateway. */
  readonly folder: string
  readonly variables: Variables
  /** The language of messages. */
  readonly language: Language
  /** Prints a line without secrets. */
  readonly print: Print
}

/** A command of `npm run`. */
export interface Command<Options extends { readonly help: boolean }> {
  /** The text of `--help`. */
  readonly help: string
  /** @throws UsageError on arguments that make no sense */
  readonly parse: (args: readonly string[]) => Options
  /** Whether to ask on the terminal for the environment id and the key pair if they are not set. */
  readonly asks: (options: Options) => boolean
  /** Runs the command. Returns false if it failed and has printed the reason. */
  readonly run: (options: Options, context: CommandContext) => Promise<boolean>
}

/** Runs a command in the current folder. The exit code is 0 if it succeeds, 2 if its arguments are wrong, 130
 *  after Ctrl-C at a question, and 1 otherwise. Prints an error as reason and advice, without a stack. */
export const runCommand = async <Options extends { readonly help: boolean }>(
  command: Command<Options>,
  args: readonly string[],
): Promise<void> => {
  const folder = process.cwd()
  let variables = readVariables(folder, process.env)
  const language = getLanguage(variables)
  const print: Print = (line) => console.log(createRedactor(variables)(line))
  try {
    const options = command.parse(args)
    if (options.help) return print(command.help)
    if (command.asks(options)) variables = await askCredentials(folder, variables)
    process.exitCode = (await command.run(options, { folder, variables, language, print })) ? 0 : 1
  } catch (error) {
    if (error instanceof Interruption) {
      console.error(`\n${cloudMessages[language].interrupted}`)
      process.exitCode = error.exitCode
      return
    }
    if (error instanceof UsageError) {
      console.error(error.message)
      process.exitCode = usageExitCode
      return
    }
    const { reason, advice } = toCloudFailure(error, language)
    console.error(createRedactor(variables)(`\n✗ ${reason}${advice === '' ? '' : `\n  ${advice}`}`))
    process.exitCode = 1
  }
}
