import { type ParseArgsConfig, parseArgs } from 'node:util'

type Options = NonNullable<ParseArgsConfig['options']>

/** The options of a command line. `--help` prints the usage and ends the process; an option that there is not does the same with 1. */
export const argumentsOf = <const Given extends Options>(usage: string, options: Given) => {
  try {
    const withHelp: Options = { ...options, help: { type: 'boolean', short: 'h' } }
    if (!parseArgs({ options: withHelp }).values['help']) return parseArgs({ options }).values
    console.log(usage)
    return process.exit(0)
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : String(error)}\n\n${usage}`)
    return process.exit(1)
  }
}
