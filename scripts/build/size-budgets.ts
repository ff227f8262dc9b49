import { deflateRawSync } from 'node:zlib'

const kilobyte = 1024

/** What a function's folder may weigh, and what its entry may hold. */
export interface Budget {
  /** Bytes of `index.js`, all that is read at start: it decides the cold start. */
  readonly maxEntryBytes: number
  /** Packages that may be in the entry; all others are loaded when first needed, from files of their own, or not at all. */
  readonly packages: readonly string[]
}

const usualBudget: Budget = { maxEntryBytes: 120 * kilobyte, packages: [] }

/** A relay checks what clients send, and the library does that. */
const relayBudget: Budget = { ...usualBudget, packages: ['zod'] }

/** Functions that may read more at start than the others, and those that must read less. */
const budgets: Readonly<Record<string, Budget>> = {
  'llm-chat-completions': relayBudget,
  'llm-completions': relayBudget,
  'llm-health': { ...usualBudget, maxEntryBytes: 10 * kilobyte },
  'llm-models': { ...usualBudget, maxEntryBytes: 60 * kilobyte },
}

/** The budget of a function, by its deployed name. */
export const getBudget = (name: string): Budget => budgets[name] ?? usualBudget

/** Bytes of a function's whole folder, and of the archive that the deployment makes of it. */
export const maxFolderBytes = 3 * kilobyte * kilobyte
export const maxArchiveBytes = 1.5 * kilobyte * kilobyte

/** The bundler's account of what went into its outputs (esbuild, `metafile`). */
export interface Metafile {
  readonly outputs: Readonly<
    Record<string, { readonly inputs: Readonly<Record<string, { readonly bytesInOutput: number }>> }>
  >
}

/** Bytes in an output by the package they come from, the project's own under an empty name; what was shaken out is left out. */
export const sumBytesByPackage = ({ outputs }: Metafile): Map<string, number> => {
  const sums = new Map<string, number>()
  for (const { inputs } of Object.values(outputs)) {
    for (const [path, { bytesInOutput }] of Object.entries(inputs)) {
      if (bytesInOutput > 0) sums.set(getPackage(path), (sums.get(getPackage(path)) ?? 0) + bytesInOutput)
    }
  }
  return sums
}

/** The folder that a file's package is installed in; undefined for the project's own files. The innermost package counts:
 *  `node_modules/a/node_modules/@b/c/x.js` → `node_modules/a/node_modules/@b/c`. */
export const findPackageFolder = (path: string): string | undefined =>
  /^.*node_modules\/(@[^/]+\/)?[^/]+/.exec(path)?.[0]

/** `node_modules/a/node_modules/@b/c` → `@b/c`. */
export const toPackageName = (folder: string): string => folder.replace(/.*node_modules\//, '')

const getPackage = (path: string): string => toPackageName(findPackageFolder(path) ?? '')

/** A file of a built folder. */
export interface BuiltFile {
  readonly name: string
  readonly content: Buffer
}

/** A local header, a central directory entry and the end record of a ZIP archive (APPNOTE.TXT 6.3, 4.3), without names. */
const bytesPerFile = 30 + 46
const bytesPerArchive = 22

/** Bytes of the ZIP archive that a folder makes. */
export const measureArchive = (files: readonly BuiltFile[]): number =>
  files.reduce(
    (sum, { name, content }) => sum + bytesPerFile + 2 * Buffer.byteLength(name) + deflateRawSync(content).length,
    bytesPerArchive,
  )

/** A built function as it lies in `dist/`. */
export interface BuiltFunction {
  readonly name: string
  readonly files: readonly BuiltFile[]
  readonly metafile: Metafile
}

/** A built function's sizes in bytes, and in what it is over its budget, one sentence each. */
export interface SizeReport {
  readonly entry: number
  readonly folder: number
  readonly archive: number
  readonly problems: readonly string[]
}

/** Holds a built function against its budget. */
export const checkSizes = ({ name, files, metafile }: BuiltFunction): SizeReport => {
  const budget = getBudget(name)
  const entry = files.find((file) => file.name === 'index.js')?.content.length ?? 0
  const folder = files.reduce((sum, { content }) => sum + content.length, 0)
  const archive = measureArchive(files)
  const strangers = [...sumBytesByPackage(metafile)].filter(([name]) => name !== '' && !budget.packages.includes(name))
  return {
    entry,
    folder,
    archive,
    problems: [
      ...describeExcess('its entry', entry, budget.maxEntryBytes),
      ...describeExcess('its folder', folder, maxFolderBytes),
      ...describeExcess('its archive', archive, maxArchiveBytes),
      ...strangers.map(
        ([stranger, bytes]) => `${stranger} (${bytes} bytes) is in its entry: load it when it is needed`,
      ),
    ],
  }
}

const describeExcess = (what: string, bytes: number, budget: number): string[] =>
  bytes > budget ? [`${what} has ${bytes} bytes, ${bytes - budget} more than it may`] : []
