import { createHash } from 'node:crypto'
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { type Unzipped, unzipSync, type Zippable, zipSync } from 'fflate'

/** A built function, zipped for the cloud. */
export interface FunctionPackage {
  /** Made when it is first read, because most deployments change few functions. */
  readonly zip: Uint8Array
  /** Digest of the code. The same files give the same digest on any machine. */
  readonly digest: string
}

/** Modes in a zip file; on Windows files have none. The platform cannot start `scf_bootstrap` without its execute
 *  bit. */
const executable = 0o100755
const readable = 0o100644
const unixHost = 3

/** Packs the folder of a function.
 *  @param added further files, by their names in the package */
export const packFunction = (folder: string, added: Unzipped = {}): FunctionPackage => {
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' })
  const files = names.filter((name) => statSync(join(folder, name)).isFile())
  const built = files.map((name) => [name.replaceAll('\\', '/'), readFileSync(join(folder, name))] as const)
  return packFiles({ ...Object.fromEntries(built), ...added })
}

/** Packs files by name. */
export const packFiles = (files: Unzipped): FunctionPackage => {
  let zip: Uint8Array | undefined
  return {
    digest: digestFiles(files),
    get zip() {
      zip ??= zipFiles(files)
      return zip
    },
  }
}

/** A higher level takes twice the time for a quarter of a percent less. */
const level = 6

/** Timestamps are fixed, so the same files give the same bytes. */
const zipFiles = (files: Unzipped): Uint8Array => {
  const entries = Object.keys(files)
    .sort()
    .map((name) => {
      const mode = name === 'scf_bootstrap' ? executable : readable
      return [name, [files[name], { os: unixHost, attrs: (mode << 16) >>> 0 }]] as const
    })
  return zipSync(Object.fromEntries(entries) as Zippable, { level, mtime: new Date(2000, 0, 1) })
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
