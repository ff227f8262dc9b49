import { parseArgs } from 'node:util'

type Defaults = Readonly<Record<string, number | string>>

/** What a command line gives, and for the rest the defaults. An option whose default is a number takes a number, 0 or greater.
 *  `--help` prints the usage and ends the process; an option that there is not, or that gives no number, does the same with 1. */
export const argumentsOf = <Given extends Defaults>(usage: string, defaults: Given) => {
  try {
    const { help, ...texts } = parseArgs({ options: optionsOf(defaults) }).values
    if (!help) return valuesOf(defaults, texts)
    console.log(usage)
    return process.exit(0)
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : String(error)}\n\n${usage}`)
    return process.exit(1)
  }
}

const optionsOf = (defaults: Defaults) => ({
  ...Object.fromEntries(Object.keys(defaults).map((name) => [name, { type: 'string' } as const])),
  help: { type: 'boolean', short: 'h' } as const,
})

type Values<Given extends Defaults> = { readonly [Name in keyof Given]: Given[Name] extends number ? number : string }

const valuesOf = <Given extends Defaults>(defaults: Given, texts: Readonly<Record<string, unknown>>) =>
  Object.fromEntries(
    Object.entries(defaults).map(([name, value]) => {
      const { [name]: text = value } = texts
      return [name, typeof value === 'number' ? numberIn(name, String(text)) : text]
    }),
  ) as Values<Given>

const numberIn = (name: string, text: string): number => {
  const number = Number(text.trim() || Number.NaN)
  if (Number.isFinite(number) && number >= 0) return number
  throw new TypeError(`--${name} takes a number, 0 or greater, not '${text}'.`)
}
