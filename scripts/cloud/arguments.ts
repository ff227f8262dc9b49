import { type ParseArgsConfig, parseArgs } from 'node:util'
import { DeploymentError } from './deployment-error.ts'

type Options = NonNullable<ParseArgsConfig['options']>

/** Parses a command line by Node's `parseArgs`. @throws DeploymentError on an option that there is not, with the help */
export const parseArguments = <const Given extends Options>(
  args: readonly string[],
  { options, help, positionals = 0 }: { readonly options: Given; readonly help: string; readonly positionals?: number },
) => {
  try {
    return parseArgs({ args: [...args], options, allowPositionals: positionals > 0 })
  } catch (error) {
    throw new DeploymentError(`${(error as Error).message}\n\n${help}`)
  }
}
