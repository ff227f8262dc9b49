import { type ParseArgsConfig, parseArgs } from 'node:util'
import { DeploymentError } from '../client/deployment-error.ts'

type Options = NonNullable<ParseArgsConfig['options']>

/** Parses a command line by Node's `parseArgs`. @throws DeploymentError on an option that there is not, or a
 *  word too many, with the help */
export const parseArguments = <const Given extends Options>(
  args: readonly string[],
  { options, help, positionals = 0 }: { readonly options: Given; readonly help: string; readonly positionals?: number },
) => {
  const refused = (message: string) => new DeploymentError(`${message}\n\n${help}`)
  const parse = () => {
    try {
      return parseArgs({ args: [...args], options, allowPositionals: positionals > 0 })
    } catch (error) {
      throw refused((error as Error).message)
    }
  }
  const parsed = parse()
  const excess = parsed.positionals[positionals]
  if (excess !== undefined) throw refused(`'${excess}' is a word too many.`)
  return parsed
}
