import { type ParseArgsConfig, parseArgs } from 'node:util'
import { findNearestName } from '../../shared/runtime/nearest-name.ts'
import { getLanguage } from '../language.ts'
import { argumentMessages } from './messages.ts'
import { recoverOptions } from './npm-options.ts'
import { UsageError } from './usage-error.ts'

type Options = NonNullable<ParseArgsConfig['options']>

/** What a tool takes. */
export interface Accepted<Given extends Options> {
  readonly options: Given
  /** The usage, which ends the message of an error. */
  readonly help: string
  /** The most arguments beside the options. Default: 0. */
  readonly positionals?: number
}

/** Parses a command line with Node's `parseArgs`.
 *  @throws UsageError on an unknown option, with the known one that is near; on a value that is missing or too many; on an excess
 *  argument; and on an option that npm took for itself, if its value is lost */
export const parseArguments = <const Given extends Options>(
  args: readonly string[],
  { options, help, positionals = 0 }: Accepted<Given>,
) => {
  const recovered = recoverOptions(args, options, process.env)
  if ('problem' in recovered) throw new UsageError(recovered.problem, help)
  const problem = findProblem(recovered.args, options, positionals)
  if (problem !== undefined) throw new UsageError(problem, help)
  return parseArgs({ args: [...recovered.args], options, allowPositionals: true })
}

const findProblem = (args: readonly string[], options: Options, positionals: number): string | undefined => {
  const { tokens } = parseArgs({ args: [...args], options, allowPositionals: true, strict: false, tokens: true })
  const given = tokens.filter((token) => token.kind === 'option')
  const [problem] = given.flatMap((token) => findOptionProblem(token, options) ?? [])
  const excess = tokens.filter((token) => token.kind === 'positional')[positionals]
  return problem ?? (excess && getMessages().excess(excess.value))
}

interface GivenOption {
  readonly name: string
  /** As it was written, such as `-h`. */
  readonly rawName: string
  readonly value: string | undefined
  /** Whether the value stands behind an equals sign. */
  readonly inlineValue: boolean | undefined
}

const findOptionProblem = (given: GivenOption, options: Options): string | undefined => {
  const { name, rawName, value, inlineValue } = given
  const type = Object.hasOwn(options, name) ? options[name]?.type : undefined
  const messages = getMessages()
  if (type === undefined) return withNearest(messages.unknownOption(rawName), rawName, toOptionNames(options))
  if (type === 'boolean') return value === undefined ? undefined : messages.takesNoValue(rawName)
  const hasValue = value !== undefined && (inlineValue || !value.startsWith('-'))
  return hasValue ? undefined : messages.needsValue(rawName)
}

const getMessages = () => argumentMessages[getLanguage(process.env)]

const toOptionNames = (options: Options): string[] => Object.keys(options).map((name) => `--${name}`)

/** Finds one of the commands of a tool by its name.
 *  @throws UsageError if there is no such command, with the one that is near */
export const findCommand = <Command>(
  name: string | undefined,
  commands: Readonly<Record<string, Command>>,
  help: string,
): Command => {
  const known = name !== undefined && Object.hasOwn(commands, name) ? commands[name] : undefined
  if (known !== undefined) return known
  const messages = getMessages()
  const names = Object.keys(commands)
  if (name === undefined) throw new UsageError(messages.noCommand(names), help)
  throw new UsageError(withNearest(messages.unknownCommand(name), name, names), help)
}

/** The arguments of a command. */
export interface CommandArguments {
  /** The name of the command. */
  readonly name: string
  /** The names of its arguments; those in brackets may be left out. */
  readonly takes: readonly string[]
  readonly help: string
}

/** Checks the number of arguments of a command.
 *  @throws UsageError if one is missing or too many */
export const checkArguments = (given: readonly string[], { name, takes, help }: CommandArguments): void => {
  const messages = getMessages()
  const missing = takes[given.length]
  const excess = given[takes.length]
  if (missing !== undefined && !missing.startsWith('[')) throw new UsageError(messages.missing(name, missing), help)
  if (excess !== undefined) throw new UsageError(messages.excess(excess), help)
}

/** Adds the known name that is near to a message about an unknown one. */
const withNearest = (message: string, name: string, known: readonly string[]): string => {
  const nearest = findNearestName(name, known)
  if (nearest === undefined) return message
  return `${message}${getMessages().didYouMean(nearest)}`
}
