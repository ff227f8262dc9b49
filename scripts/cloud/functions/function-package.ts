import { createHash } from 'node:crypto'
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { type Unzipped, unzipSync, type Zippable, zipSync } from 'fflate'

/** A built function, zipped for the cloud. */
export interface FunctionPackage {
  readonly zip: Uint8Array
  /** Digest of the code. The same files give the same digest on any machine. */
  readonly digest: string
}

/** Modes in a zip file; on Windows files have none. The platform cannot start `scf_bootstrap` without its execute
 *  bit. */
const executable = 0o100755
const readable = 0o100644
const unixHost = 3

/** Zips the folder of a function. Timestamps are fixed, so the same files give the same bytes. */
export const packFunction = (folder: string): FunctionPackage => {
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' })
  const files = names.filter((name) => statSync(join(folder, name)).isFile())
  return packFiles(
    Object.fromEntries(files.map((name) => [name.replaceAll('\\', '/'), readFileSync(join(folder, name))])),
  )
}

/** Zips files by name. */
export const packFiles = (files: Unzipped): FunctionPackage => {
  const entries = Object.keys(files)
    .sort()
    .map((name) => {
      const mode = name === 'scf_bootstrap' ? executable : readable
      return [name, [files[name], { os: unixHost, attrs: (mode << 16) >>> 0 }]] as const
    })
  const zip = zipSync(Object.fromEntries(entries) as Zippable, { level: 9, mtime: new Date(2000, 0, 1) })
  return { zip, digest: digestFiles(files) }
}

/** Digests code that another program has zipped. */
export const digestZip = (zip: Uint8Array): string => digestFiles(unzipSync(zip))

const digestFiles = (files: Unzipped): string => {
  const names = Object.keys(files)
    .filter((name) => !name.endsWith('/'))
    .sort()
  const hash = createHash('sha256')
  for (const name of names)
    hash.update(
      `${name}\0${createHash('sha256')
        .update(files[name] ?? '')
        .digest('hex')}\n`,
    )
  return hash.digest('hex').slice(0, 12)
}
