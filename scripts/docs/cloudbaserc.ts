import { parseJson } from '../../shared/runtime/json.ts'
import { DeploymentError } from '../cloud/client/deployment-error.ts'
import { functions } from '../functions.ts'
import { deployedVariables } from './deployed-variables.ts'

interface Row {
  readonly name: string
  readonly envVariables: Readonly<Record<string, string>>
}

/** Returns `cloudbaserc.json` with the variables that its functions lack. All else stays: timeouts, a VPC, values. */
export const withVariables = (text: string): string => {
  const file = parseJson(text) as { functions: Row[] } | undefined
  if (!Array.isArray(file?.functions))
    throw new DeploymentError('cloudbaserc.json is no JSON object with functions. Correct its syntax.')
  const rows = file.functions.map((row) => {
    const folder = functions.find(({ name }) => name === row.name)?.folder
    const missing = folder === undefined ? [] : deployedVariables(folder).filter((name) => !(name in row.envVariables))
    const added = Object.fromEntries(missing.map((name) => [name, `{{env.${name}}}`]))
    return { ...row, envVariables: { ...row.envVariables, ...added } }
  })
  return `${JSON.stringify({ ...file, functions: rows }, null, 2)}\n`
}
