import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { DeploymentError } from '../../client/deployment-error.ts'
import { type FunctionPackage, packFunction } from '../../functions/function-package.ts'
import type { FunctionSettings } from '../../settings/cloudbaserc.ts'

/** What the cloud's API takes as a zip file in the request (SCF documentation, "CreateFunction", `Code.ZipFile`). */
const maxZipBytes = 1.5 * 1024 * 1024

/** Packs every built function, and stops before anything is sent where the platform could not start one.
 *  @throws DeploymentError that names every function that is not right */
export const packFunctions = (
  folder: string,
  settings: readonly FunctionSettings[],
): ReadonlyMap<string, FunctionPackage> => {
  const packages = new Map<string, FunctionPackage>()
  const problems: string[] = []
  for (const row of settings) {
    const own = join(folder, row.name)
    const missing = missingFile(own, row)
    if (missing) problems.push(missing)
    else packages.set(row.name, packFunction(own))
  }
  for (const [name, { zip }] of packages) {
    if (zip.length > maxZipBytes)
      problems.push(`${name}: its zip has ${zip.length} bytes, and the cloud takes ${maxZipBytes}.`)
  }
  if (problems.length > 0) throw new DeploymentError(`${problems.join(' ')} Run npm run build.`)
  return packages
}

const missingFile = (folder: string, { name, type, runtime }: FunctionSettings): string | undefined => {
  if (!existsSync(join(folder, 'index.js'))) return `${name}: dist/functions/${name}/index.js is missing.`
  if (type === 'Event') return undefined
  const bootstrap = join(folder, 'scf_bootstrap')
  if (!existsSync(bootstrap)) return `${name}: scf_bootstrap is missing, and the platform starts HTTP functions by it.`
  const text = readFileSync(bootstrap, 'utf8')
  if (text.includes('\r')) return `${name}: scf_bootstrap has CRLF line ends.`
  const node = `/var/lang/node${/^Nodejs(\d+)/.exec(runtime)?.[1]}/bin/node`
  return text.includes(node)
    ? undefined
    : `${name}: scf_bootstrap does not start ${node}, the Node of the runtime ${runtime}.`
}
