import { parseArguments as parseOptions } from '../../scripts/command-line/parse-arguments.ts'
import { UsageError, usageExitCode } from '../../scripts/command-line/usage-error.ts'

type Defaults = Readonly<Record<string, number | string>>

/** Reads the command line of this process. `--help` prints the usage and exits with 0. Wrong arguments print it and exit with 2.
 *  @param check throws a UsageError if a value makes no sense */
export const readArguments = <Given extends Defaults>(
  usage: string,
  defaults: Given,
  check: (values: Values<Given>) => void = () => undefined,
): Values<Given> => {
  try {
    const values = parseArguments(process.argv.slice(2), defaults, usage)
    if (values) {
      check(values)
      return values
    }
    console.log(usage)
    return process.exit(0)
  } catch (error) {
    if (!(error instanceof UsageError)) throw error
    console.error(error.message)
    return process.exit(usageExitCode)
  }
}

/** Parses arguments. An absent option has its default. If the default is a number, the option takes a number of 0 or greater.
 *  Returns undefined for `--help`.
 *  @throws UsageError for an unknown option or a bad number */
export const parseArguments = <Given extends Defaults>(
  argv: readonly string[],
  defaults: Given,
  usage: string,
): Values<Given> | undefined => {
  const { help, ...texts } = parseOptions(argv, { options: toOptions(defaults), help: usage }).values
  return help ? undefined : toValues(defaults, texts, usage)
}

const toOptions = (defaults: Defaults) => ({
  ...Object.fromEntries(Object.keys(defaults).map((name) => [name, { type: 'string' } as const])),
  help: { type: 'boolean', short: 'h' } as const,
})

type Values<Given extends Defaults> = { readonly [Name in keyof Given]: Given[Name] extends number ? number : string }

const toValues = <Given extends Defaults>(defaults: Given, texts: Readonly<Record<string, unknown>>, usage: string) =>
  Object.fromEntries(
    Object.entries(defaults).map(([name, value]) => {
      const { [name]: text = value } = texts
      return [name, typeof value === 'number' ? parseNumber(name, String(text), usage) : text]
    }),
  ) as Values<Given>

const parseNumber = (name: string, text: string, usage: string): number => {
  const number = Number(text.trim() || Number.NaN)
  if (Number.isFinite(number) && number >= 0) return number
  throw new UsageError(`--${name} takes a number, 0 or greater, not '${text}'.`, usage)
}
