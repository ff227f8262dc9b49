import { basename, resolve } from 'node:path'
import type { Options } from 'tsup'

type Plugin = NonNullable<Options['esbuildPlugins']>[number]

/** Bundles what is imported with `await import()`, a package or a file of ours, into a file of its own beside the entry, which
 *  loads it on first use: a function that never takes that path never reads the file. esbuild splits ES modules only, and
 *  CommonJS starts faster (docs/decisions/0003-commonjs-bundles.md). */
export const lazyPackages: Plugin = {
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
      files.add(resolve(resolveDir, path))
      return { path: `./${basename(path, '.ts')}.js`, external: true }
    })

    onEnd(async () => {
      const { outdir = '.', minify = false, target = 'node18', supported = {} } = initialOptions
      const options = { outdir, minify, target, supported, bundle: true, platform: 'node', format: 'cjs' } as const
      for (const path of packages) {
        await esbuild.build({
          ...options,
          define: packageVariables,
          entryPoints: [{ in: path, out: fileOf(path).replace(/\.js$/, '') }],
        })
      }
      for (const path of files) await esbuild.build({ ...options, entryPoints: [path], plugins: [lazyPackages] })
    })
  },
}

/** Environment variables that the packages read for themselves, fixed when they are bundled: `@cloudbase/node-sdk` 3.18.3 would
 *  otherwise leave a timer behind each database call that fails, and warn on the console three seconds later. */
const packageVariables = { 'process.env.SILENCE': '"true"' }

/** `@cloudbase/node-sdk` → `cloudbase-node-sdk.js`. */
const fileOf = (path: string): string => `${path.replace('@', '').replaceAll('/', '-')}.js`
