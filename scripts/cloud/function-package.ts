import { createHash } from 'node:crypto'
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { type Zippable, zipSync } from 'fflate'

/** A built function as the cloud takes it. */
export interface FunctionPackage {
  readonly zip: Uint8Array
  /** Names the code: the same files give the same digest, on any machine. */
  readonly digest: string
}

/** Zip files have no mode on Windows; and without its execute bit the platform cannot start `scf_bootstrap`. */
const executable = 0o100755
const readable = 0o100644
const unixHost = 3

/** Zips a function's folder. Time stamps are fixed, so that the digest depends on the files alone. */
export const packFunction = (folder: string): FunctionPackage => {
  const files: Zippable = {}
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' }).sort()
  for (const name of names.filter((file) => statSync(join(folder, file)).isFile())) {
    const mode = name === 'scf_bootstrap' ? executable : readable
    files[name.replaceAll('\\', '/')] = [readFileSync(join(folder, name)), { os: unixHost, attrs: (mode << 16) >>> 0 }]
  }
  const zip = zipSync(files, { level: 9, mtime: new Date(2000, 0, 1) })
  return { zip, digest: createHash('sha256').update(zip).digest('hex').slice(0, 12) }
}
