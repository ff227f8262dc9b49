import { type ParseArgsConfig, parseArgs } from 'node:util'
import { findLostOption } from '../../npm-options.ts'
import { DeploymentError } from '../client/deployment-error.ts'

type Options = NonNullable<ParseArgsConfig['options']>

/** Parses a command line with Node's `parseArgs`.
 *  @throws DeploymentError on an unknown option or an excess argument; its message includes the help. Also on an option that npm
 *  took for itself */
export const parseArguments = <const Given extends Options>(
  args: readonly string[],
  { options, help, positionals = 0 }: { readonly options: Given; readonly help: string; readonly positionals?: number },
) => {
  const toError = (message: string) => new DeploymentError(`${message}\n\n${help}`)
  const parse = () => {
    try {
      return parseArgs({ args: [...args], options, allowPositionals: positionals > 0 })
    } catch (error) {
      throw toError((error as Error).message)
    }
  }
  const lost = findLostOption(args, Object.keys(options), process.env)
  if (lost !== undefined) throw new DeploymentError(lost)
  const parsed = parse()
  const excess = parsed.positionals[positionals]
  if (excess !== undefined) throw toError(`Unexpected argument '${excess}'.`)
  return parsed
}
