import { writeFileSync } from 'node:fs'
import { basename, join, relative, resolve } from 'node:path'
import { dataModules, type Plugin } from './data-modules.ts'
import { lateModules } from './late-modules.ts'
import { nativeHeaders } from './native-headers.ts'

type PluginBuild = Parameters<Plugin['setup']>[0]
type BuildOptions = Parameters<PluginBuild['esbuild']['build']>[0]
type Build = (name: string, options: BuildOptions) => Promise<void>

/** Bundles each target of `await import()`, a package or a file of ours, into a file of its own beside the entry. The entry
 *  loads that file on first use, so a function that never takes that path never reads it. A file of ours is named by its path
 *  below `root` (default `shared`). esbuild splits ES modules only, and CommonJS starts faster
 *  (docs/decisions/0003-commonjs-bundles.md).
 *  @throws TypeError if two files get one name, or a part imports itself */
export const lazyPackages = (root = resolve('shared')): Plugin => bundleParts({ root, owners: new Map(), parents: [] })

interface Parts {
  readonly root: string
  /** The file of each part, by its name. */
  readonly owners: Map<string, string>
  /** The parts that load this bundle, outermost first. */
  readonly parents: readonly string[]
}

const bundleParts = (parts: Parts): Plugin => ({
  name: 'lazy-packages',
  setup({ onResolve, onEnd, initialOptions, esbuild }) {
    const packages = new Set<string>()
    const files = new Set<string>()

    onResolve({ filter: /^@?[a-z]/ }, ({ kind, path }) => {
      if (kind !== 'dynamic-import') return undefined
      packages.add(path)
      return { path: `./${toFileName(path)}`, external: true }
    })

    onResolve({ filter: /^\.\.?\// }, ({ kind, path, resolveDir }) => {
      if (kind !== 'dynamic-import') return undefined
      const file = resolve(resolveDir, path)
      files.add(file)
      return { path: `./${toPartName(file, parts.root)}.js`, external: true }
    })

    onEnd(async () => {
      const build = createBuild(esbuild, initialOptions)
      await buildPackages(build, packages)
      for (const file of files) await buildPart(build, file, parts)
    })
  },
})

/** Builds with the options of the entry. Leaves esbuild's metafile beside each file, as for the entry;
 *  `scripts/build/package.ts` moves it out of the folder. */
const createBuild = (esbuild: PluginBuild['esbuild'], entryOptions: PluginBuild['initialOptions']): Build => {
  const { outdir = '.', minify = false, target = 'node18', supported = {} } = entryOptions
  const common = { outdir, minify, target, supported, external, bundle: true, platform: 'node', format: 'cjs' } as const
  return async (name, options) => {
    const { metafile } = await esbuild.build({ ...common, ...options, metafile: true })
    writeFileSync(join(outdir, `metafile-${name}.json`), JSON.stringify(metafile))
  }
}

const buildPackages = async (build: Build, packages: ReadonlySet<string>): Promise<void> => {
  const late = new Map<string, string>()
  const buildPackage = (name: string, path: string): Promise<void> => {
    const out = basename(toFileName(name), '.js')
    const plugins = [dataModules, nativeHeaders, lateModules(toFileName, late)]
    return build(out, { define: packageVariables, entryPoints: [{ in: path, out }], plugins })
  }
  for (const name of packages) await buildPackage(name, name)
  for (const [name, path] of late) await buildPackage(name, path)
}

const buildPart = async (build: Build, file: string, { root, owners, parents }: Parts): Promise<void> => {
  const name = toPartName(file, root)
  if (parents.includes(name)) throw new TypeError(`${name} imports itself: ${[...parents, name].join(' → ')}`)
  if ((owners.get(name) ?? file) !== file) throw new TypeError(`two files are named ${name}`)
  owners.set(name, file)
  const plugins = [bundleParts({ root, owners, parents: [...parents, name] })]
  await build(name, { entryPoints: [{ in: file, out: name }], plugins })
}

/** Packages that others use only if they are installed, and that a function has no use for: `debug` 4.4.3 colours its output
 *  with `supports-color`. */
const external = ['supports-color']

/** Environment variables that packages read for themselves, fixed when they are bundled. Otherwise `@cloudbase/node-sdk` 3.18.3
 *  leaves a timer behind each database call that fails, and warns on the console three seconds later. */
const packageVariables = { 'process.env.SILENCE': '"true"' }

/** `@cloudbase/node-sdk` → `cloudbase-node-sdk.js`. */
const toFileName = (path: string): string => `${path.replace('@', '').replaceAll('/', '-')}.js`

/** `shared/usage/store/file/file-store.ts` → `usage-store-file-file-store`. */
const toPartName = (file: string, root: string): string =>
  relative(root, file).replace(/\.ts$/, '').replaceAll(/[\\/]/g, '-')
