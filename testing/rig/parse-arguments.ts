import { parseArgs } from 'node:util'

type Defaults = Readonly<Record<string, number | string>>

/** Reads the command line of this process. `--help` prints the usage and exits with 0. An unknown option or a bad number prints it
 *  and exits with 1. */
export const readArguments = <Given extends Defaults>(usage: string, defaults: Given): Values<Given> => {
  try {
    const values = parseArguments(process.argv.slice(2), defaults)
    if (values) return values
    console.log(usage)
    return process.exit(0)
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : String(error)}\n\n${usage}`)
    return process.exit(1)
  }
}

/** Parses arguments. An absent option has its default. If the default is a number, the option takes a number of 0 or greater.
 *  Returns undefined for `--help`.
 *  @throws TypeError for an unknown option or a bad number */
export const parseArguments = <Given extends Defaults>(
  argv: readonly string[],
  defaults: Given,
): Values<Given> | undefined => {
  const { help, ...texts } = parseArgs({ args: [...argv], options: toOptions(defaults) }).values
  return help ? undefined : toValues(defaults, texts)
}

const toOptions = (defaults: Defaults) => ({
  ...Object.fromEntries(Object.keys(defaults).map((name) => [name, { type: 'string' } as const])),
  help: { type: 'boolean', short: 'h' } as const,
})

type Values<Given extends Defaults> = { readonly [Name in keyof Given]: Given[Name] extends number ? number : string }

const toValues = <Given extends Defaults>(defaults: Given, texts: Readonly<Record<string, unknown>>) =>
  Object.fromEntries(
    Object.entries(defaults).map(([name, value]) => {
      const { [name]: text = value } = texts
      return [name, typeof value === 'number' ? parseNumber(name, String(text)) : text]
    }),
  ) as Values<Given>

const parseNumber = (name: string, text: string): number => {
  const number = Number(text.trim() || Number.NaN)
  if (Number.isFinite(number) && number >= 0) return number
  throw new TypeError(`--${name} takes a number, 0 or greater, not '${text}'.`)
}
