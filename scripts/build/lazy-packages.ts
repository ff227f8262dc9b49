import { writeFileSync } from 'node:fs'
import { basename, join, relative, resolve } from 'node:path'
import { dataModules, type Plugin } from './data-modules.ts'
import { lateModules } from './late-modules.ts'
import { nativeHeaders } from './native-headers.ts'

type BuildOptions = Parameters<Parameters<Plugin['setup']>[0]['esbuild']['build']>[0]

/** Bundles what is imported with `await import()`, a package or a file of ours, into a file of its own beside the entry, which
 *  loads it on first use: a function that never takes that path never reads the file. esbuild splits ES modules only, and
 *  CommonJS starts faster (docs/decisions/0003-commonjs-bundles.md). */
export const lazyPackages: Plugin = lazyParts([])

/** @param within the parts that this bundle is loaded by, outermost first
 *  @throws TypeError if a part would be loaded by itself, or two files would have one name */
function lazyParts(within: readonly string[]): Plugin {
  return {
    name: 'lazy-packages',
    setup({ onResolve, onEnd, initialOptions, esbuild }) {
      const packages = new Set<string>()
      const files = new Set<string>()

      onResolve({ filter: /^@?[a-z]/ }, ({ kind, path }) => {
        if (kind !== 'dynamic-import') return undefined
        packages.add(path)
        return { path: `./${fileOf(path)}`, external: true }
      })

      onResolve({ filter: /^\.\.?\// }, ({ kind, path, resolveDir }) => {
        if (kind !== 'dynamic-import') return undefined
        const file = resolve(resolveDir, path)
        files.add(file)
        return { path: `./${partName(file)}.js`, external: true }
      })

      onEnd(async () => {
        const { outdir = '.', minify = false, target = 'node18', supported = {} } = initialOptions
        const common = {
          outdir,
          minify,
          target,
          supported,
          external,
          bundle: true,
          platform: 'node',
          format: 'cjs',
        } as const
        /** The account of what went into a file is left beside it, as for the entry; `scripts/build/package.ts` takes it away. */
        const build = async (name: string, options: BuildOptions): Promise<void> => {
          const { metafile } = await esbuild.build({ ...common, ...options, metafile: true })
          writeFileSync(join(outdir, `metafile-${name}.json`), JSON.stringify(metafile))
        }
        const late = new Map<string, string>()
        const buildPackage = (name: string, path: string): Promise<void> => {
          const out = basename(fileOf(name), '.js')
          const plugins = [dataModules, nativeHeaders, lateModules(fileOf, late)]
          return build(out, { define: packageVariables, entryPoints: [{ in: path, out }], plugins })
        }
        for (const name of packages) await buildPackage(name, name)
        for (const [name, path] of late) await buildPackage(name, path)
        for (const path of files) {
          const name = partName(path)
          if (within.includes(name)) throw new TypeError(`${name} imports itself: ${[...within, name].join(' → ')}`)
          claimName(name, path)
          await build(name, { entryPoints: [{ in: path, out: name }], plugins: [lazyParts([...within, name])] })
        }
      })
    },
  }
}

const claimName = (name: string, path: string): void => {
  if ((owners.get(name) ?? path) !== path) throw new TypeError(`two files are named ${name}`)
  owners.set(name, path)
}

/** The file of each part. */
const owners = new Map<string, string>()

/** What packages use where it happens to be installed, which a function has no use for: `debug` 4.4.3 colours its output with it. */
const external = ['supports-color']

/** Environment variables that the packages read for themselves, fixed when they are bundled: `@cloudbase/node-sdk` 3.18.3 would
 *  otherwise leave a timer behind each database call that fails, and warn on the console three seconds later. */
const packageVariables = { 'process.env.SILENCE': '"true"' }

/** `@cloudbase/node-sdk` → `cloudbase-node-sdk.js`. */
const fileOf = (path: string): string => `${path.replace('@', '').replaceAll('/', '-')}.js`

/** `shared/usage/store/file/file-store.ts` → `usage-store-file-file-store`. */
const partName = (file: string): string => relative(resolve('shared'), file).replace(/\.ts$/, '').replaceAll('/', '-')
