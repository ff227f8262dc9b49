import { parseArgs } from 'node:util'

type Defaults = Readonly<Record<string, number | string>>

/** Reads the command line; an option that is absent has its default. If the default is a number, the option takes a number of
 *  0 or greater. `--help` prints the usage and exits with 0. An unknown option or a bad number prints it and exits with 1. */
export const parseArguments = <Given extends Defaults>(usage: string, defaults: Given) => {
  try {
    const { help, ...texts } = parseArgs({ options: toOptions(defaults) }).values
    if (!help) return toValues(defaults, texts)
    console.log(usage)
    return process.exit(0)
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : String(error)}\n\n${usage}`)
    return process.exit(1)
  }
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
