import { readdirSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { functions } from '../functions.ts'
import { findPackageFolder, type Metafile, toPackageName } from './size-budgets.ts'

/** One package in one function, with its bytes in each file. */
export interface BilledPackage {
  readonly name: string
  readonly version: string
  readonly licence: string
  /** Whether it is installed for development only. Such a package must not be in a function. */
  readonly dev: boolean
  readonly files: Readonly<Record<string, number>>
}

/** The packages of a lockfile, by the folders in which they are installed (npm documentation, "package-lock.json"). */
export interface Lockfile {
  readonly packages: Readonly<Record<string, LockedPackage>>
}

interface LockedPackage {
  readonly version?: string
  readonly license?: string
  readonly dev?: boolean
}

/** Lists the packages in the files of a function, from the metafiles of the bundler. */
export const createBill = (metafiles: readonly Metafile[], { packages }: Lockfile): BilledPackage[] => {
  const found = new Map<string, Record<string, number>>()
  for (const { outputs } of metafiles) {
    for (const [output, { inputs }] of Object.entries(outputs)) {
      for (const [path, { bytesInOutput }] of Object.entries(inputs)) {
        const folder = findPackageFolder(path)
        if (!folder || bytesInOutput === 0) continue
        const files = found.get(folder) ?? {}
        files[basename(output)] = (files[basename(output)] ?? 0) + bytesInOutput
        found.set(folder, files)
      }
    }
  }
  return [...found]
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .map(([folder, files]) => {
      const { version = '?', license = '?', dev = false } = packages[folder] ?? {}
      return { name: toPackageName(folder), version, licence: license, dev, files }
    })
}

/** Reads the bill of every function in `dist/`, by name. */
export const readBill = (): Record<string, BilledPackage[]> => {
  const lockfile = readJson('package-lock.json') as Lockfile
  const bill = functions.map(({ name }) => {
    const folder = join('dist/metafiles', name)
    const metafiles = readdirSync(folder).map((file) => readJson(join(folder, file)) as Metafile)
    return [name, createBill(metafiles, lockfile)] as const
  })
  return Object.fromEntries(bill)
}

const readJson = (path: string): unknown => JSON.parse(readFileSync(path, 'utf8'))
