import { deflateRawSync } from 'node:zlib'

const kilobyte = 1024

/** The limits of one function. */
export interface Budget {
  /** Bytes of `index.js`. Node reads all of it at start, so it decides the cold start. */
  readonly maxEntryBytes: number
  /** Packages that may be in the entry. All others must be in files of their own, loaded on first use. */
  readonly packages: readonly string[]
}

const usualBudget: Budget = { maxEntryBytes: 120 * kilobyte, packages: [] }

/** A relay validates client requests with this package. */
const relayBudget: Budget = { maxEntryBytes: 170 * kilobyte, packages: ['zod'] }

/** Functions whose limits differ from the usual ones. */
const budgets: Readonly<Record<string, Budget>> = {
  'llm-chat-completions': relayBudget,
  'llm-completions': relayBudget,
  'llm-embeddings': relayBudget,
  'llm-rerank': relayBudget,
  'llm-responses': { ...relayBudget, maxEntryBytes: 200 * kilobyte },
  'llm-messages': { ...relayBudget, maxEntryBytes: 190 * kilobyte },
  'llm-health': { ...usualBudget, maxEntryBytes: 11 * kilobyte },
  'llm-models': { ...usualBudget, maxEntryBytes: 61 * kilobyte },
}

/** Returns the budget of a function, by its deployed name. */
export const getBudget = (name: string): Budget => budgets[name] ?? usualBudget

/** Most bytes of a whole folder, and of the archive that the deployment makes of it. */
export const maxFolderBytes = 3 * kilobyte * kilobyte
export const maxArchiveBytes = 1.5 * kilobyte * kilobyte

/** The report of the bundler about its outputs (esbuild, `metafile`). */
export interface Metafile {
  readonly outputs: Readonly<
    Record<string, { readonly inputs: Readonly<Record<string, { readonly bytesInOutput: number }>> }>
  >
}

/** Sums the bytes of an output by package. The project itself has an empty name. Code that was shaken out has no
 *  entry. */
export const sumBytesByPackage = ({ outputs }: Metafile): Map<string, number> => {
  const sums = new Map<string, number>()
  for (const { inputs } of Object.values(outputs)) {
    for (const [path, { bytesInOutput }] of Object.entries(inputs)) {
      if (bytesInOutput > 0) sums.set(getPackage(path), (sums.get(getPackage(path)) ?? 0) + bytesInOutput)
    }
  }
  return sums
}

/** Returns the folder in which the package of a file is installed; undefined for the project's own files. The
 *  innermost package counts: `node_modules/a/node_modules/@b/c/x.js` → `node_modules/a/node_modules/@b/c`. */
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

/** Returns the size of a folder's ZIP archive, in bytes. */
export const measureArchive = (files: readonly BuiltFile[]): number =>
  files.reduce(
    (sum, { name, content }) => sum + bytesPerFile + 2 * Buffer.byteLength(name) + deflateRawSync(content).length,
    bytesPerArchive,
  )

/** A built function in `dist/`. */
export interface BuiltFunction {
  readonly name: string
  readonly files: readonly BuiltFile[]
  readonly metafile: Metafile
}

/** The sizes of a built function in bytes, and one sentence for each exceeded limit. */
export interface SizeReport {
  readonly entry: number
  readonly folder: number
  readonly archive: number
  readonly problems: readonly string[]
}

/** Compares a built function with its budget. */
export const checkSizes = ({ name, files, metafile }: BuiltFunction): SizeReport => {
  const budget = getBudget(name)
  const entry = files.find((file) => file.name === 'index.js')?.content.length ?? 0
  const folder = files.reduce((sum, { content }) => sum + content.length, 0)
  const archive = measureArchive(files)
  const unexpected = [...sumBytesByPackage(metafile)].filter(([name]) => name !== '' && !budget.packages.includes(name))
  return {
    entry,
    folder,
    archive,
    problems: [
      ...describeExcess('its entry', entry, budget.maxEntryBytes),
      ...describeExcess('its folder', folder, maxFolderBytes),
      ...describeExcess('its archive', archive, maxArchiveBytes),
      ...unexpected.map(([name, bytes]) => `${name} (${bytes} bytes) is in its entry: load it on first use`),
    ],
  }
}

const describeExcess = (subject: string, bytes: number, budget: number): string[] =>
  bytes > budget ? [`${subject} has ${bytes} bytes, ${bytes - budget} over its limit`] : []
