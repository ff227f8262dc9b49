import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Unzipped } from 'fflate'
import { DeploymentError } from '../../client/deployment-error.ts'
import { type FunctionPackage, packFunction } from '../../functions/function-package.ts'
import type { FunctionSettings } from '../../settings/cloudbaserc.ts'

/** Packs every built function. Stops before anything is sent if the platform could not start one.
 *  @param added further files of each function, by their names in the package
 *  @throws DeploymentError that names every such function */
export const packFunctions = (
  folder: string,
  settings: readonly FunctionSettings[],
  added: Unzipped = {},
): ReadonlyMap<string, FunctionPackage> => {
  const packages = new Map<string, FunctionPackage>()
  const problems: string[] = []
  for (const row of settings) {
    const path = join(folder, row.name)
    const missing = findMissingFile(path, row)
    if (missing) problems.push(missing)
    else packages.set(row.name, packFunction(path, added))
  }
  if (problems.length > 0) throw new DeploymentError(`${problems.join(' ')} Run npm run build.`)
  return packages
}

const findMissingFile = (folder: string, { name, type, runtime }: FunctionSettings): string | undefined => {
  if (!existsSync(join(folder, 'index.js'))) return `${name}: dist/functions/${name}/index.js is missing.`
  if (type === 'Event') return undefined
  const bootstrap = join(folder, 'scf_bootstrap')
  if (!existsSync(bootstrap))
    return `${name}: scf_bootstrap is missing. The platform needs it to start an HTTP function.`
  const text = readFileSync(bootstrap, 'utf8')
  if (text.includes('\r')) return `${name}: scf_bootstrap has CRLF line endings.`
  const node = `/var/lang/node${/^Nodejs(\d+)/.exec(runtime)?.[1]}/bin/node`
  return text.includes(node)
    ? undefined
    : `${name}: scf_bootstrap does not start ${node}, the Node of the runtime ${runtime}.`
}
