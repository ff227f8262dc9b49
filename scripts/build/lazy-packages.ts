import { mkdirSync, writeFileSync } from 'node:fs'
import { basename, join, relative, resolve } from 'node:path'
import { dataModules, type Plugin } from './data-modules.ts'
import { lateRequires } from './late-requires.ts'
import { rewriteModules } from './module-functions.ts'

type EntryBuild = Parameters<Plugin['setup']>[0]
type EntryOptions = EntryBuild['initialOptions']

/** What esbuild reports of a file that it wrote. */
type Output = NonNullable<Awaited<ReturnType<EntryBuild['esbuild']['build']>>['metafile']>['outputs'][string]

/** A package or a file of ours that gets a file of its own in the built folder. */
interface Part {
  /** The name of its file, without `.js`. */
  readonly name: string
  /** What esbuild bundles: the path of a file or the name of a package. */
  readonly source: string
  readonly isPackage: boolean
}

/** A part that esbuild has bundled, and the parts that it loads. */
interface BundledPart {
  readonly code: string
  readonly output: Output
  readonly parts: readonly Part[]
}

type Bundle = (part: Part) => Promise<BundledPart>

/** Bundles each target of `await import()`, a package or a file of ours, into a file of its own beside the entry. The entry
 *  loads that file on first use, so a function that never takes that path never reads it. A file of ours is named by its path
 *  below `root` (default `shared`). esbuild splits ES modules only, and CommonJS starts faster
 *  (docs/decisions/0003-commonjs-bundles.md).
 *
 *  Entries that share one plug-in share its parts: each part is bundled once, with the options of the entry that needs it first.
 *  So these entries need the same options.
 *  @throws TypeError if two files get one name, or a part imports itself */
export const lazyPackages = (root = resolve('shared')): Plugin => {
  const bundled = new Map<string, Promise<BundledPart>>()
  return {
    name: 'lazy-packages',
    setup(entry) {
      const parts = new Map<string, Part>()
      findParts(root, parts).setup(entry)
      const bundle: Bundle = (part) => {
        const bundling = bundled.get(part.source) ?? bundlePart(part, root, entry)
        bundled.set(part.source, bundling)
        return bundling
      }
      entry.onEnd(async () => {
        const written = await collectParts([...parts.values()], bundle)
        for (const [name, part] of written) writePart(name, part, entry.initialOptions)
      })
    },
  }
}

/** Leaves the targets of `await import()` outside the bundle. `found` receives them, by their sources. */
const findParts = (root: string, found: Map<string, Part>): Plugin => ({
  name: 'lazy-parts',
  setup({ onResolve }) {
    const leaveOut = (part: Part) => {
      found.set(part.source, part)
      return { path: `./${part.name}.js`, external: true }
    }
    onResolve({ filter: /^@?[a-z]/ }, ({ kind, path }) =>
      kind === 'dynamic-import' ? leaveOut(toPackagePart(path, path)) : undefined,
    )
    onResolve({ filter: /^\.\.?\// }, ({ kind, path, resolveDir }) => {
      if (kind !== 'dynamic-import') return undefined
      const file = resolve(resolveDir, path)
      return leaveOut({ name: toPartName(file, root), source: file, isPackage: false })
    })
  },
})

const bundlePart = async (part: Part, root: string, entry: EntryBuild): Promise<BundledPart> => {
  const parts = new Map<string, Part>()
  const late = new Map<string, string>()
  const { outputFiles, metafile } = await entry.esbuild.build({
    ...pickOptions(entry.initialOptions),
    entryPoints: [{ in: part.source, out: part.name }],
    write: false,
    metafile: true,
    ...(part.isPackage
      ? { define: packageVariables, plugins: [dataModules, lateRequires(toFileName, late)] }
      : { plugins: [findParts(root, parts)] }),
  })
  const [output] = Object.values(metafile.outputs)
  const [file] = outputFiles
  if (!output || !file) throw new TypeError(`esbuild wrote nothing for ${part.source}`)
  const lateParts = [...late].map(([name, source]) => toPackagePart(name, source))
  return {
    code: part.isPackage ? rewriteModules(file.text) : file.text,
    output,
    parts: [...parts.values(), ...lateParts],
  }
}

/** Bundles these parts and all that they load, by their names. */
const collectParts = async (parts: readonly Part[], bundle: Bundle): Promise<Map<string, BundledPart>> => {
  const sources = new Map<string, string>()
  const collected = new Map<string, BundledPart>()
  const collect = async (part: Part, parents: readonly string[]): Promise<void> => {
    const { name, source } = part
    if (parents.includes(name)) throw new TypeError(`${name} imports itself: ${[...parents, name].join(' → ')}`)
    if ((sources.get(name) ?? source) !== source) throw new TypeError(`two files are named ${name}`)
    if (sources.has(name)) return
    sources.set(name, source)
    const bundled = await bundle(part)
    collected.set(name, bundled)
    for (const next of bundled.parts) await collect(next, [...parents, name])
  }
  for (const part of parts) await collect(part, [])
  return collected
}

/** Writes a part beside the entry, with esbuild's metafile, as for the entry. `scripts/build/package.ts` moves that out of the
 *  folder. */
const writePart = (name: string, { code, output }: BundledPart, { outdir = '.' }: EntryOptions): void => {
  const file = join(outdir, `${name}.js`)
  mkdirSync(outdir, { recursive: true })
  writeFileSync(file, code)
  writeFileSync(join(outdir, `metafile-${name}.json`), JSON.stringify({ outputs: { [file]: output } }))
}

const pickOptions = ({ outdir = '.', minify = false, target = 'node18', supported = {} }: EntryOptions) =>
  ({ outdir, minify, target, supported, external, bundle: true, platform: 'node', format: 'cjs' }) as const

/** Packages that others use only if they are installed, and that a function has no use for: `debug` 4.4.3 colours its output
 *  with `supports-color`. */
const external = ['supports-color']

/** Environment variables that packages read for themselves, fixed when they are bundled. Otherwise `@cloudbase/node-sdk` 3.18.3
 *  leaves a timer behind each database call that fails, and warns on the console three seconds later. */
const packageVariables = { 'process.env.SILENCE': '"true"' }

/** `@cloudbase/node-sdk` → `cloudbase-node-sdk.js`. */
const toFileName = (path: string): string => `${path.replace('@', '').replaceAll('/', '-')}.js`

const toPackagePart = (name: string, source: string): Part => ({
  name: basename(toFileName(name), '.js'),
  source,
  isPackage: true,
})

/** `shared/usage/store/file/file-store.ts` → `usage-store-file-file-store`. */
const toPartName = (file: string, root: string): string =>
  relative(root, file).replace(/\.ts$/, '').replaceAll(/[\\/]/g, '-')
