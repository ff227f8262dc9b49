import { defineConfig } from 'tsup'
import { lazyPackages } from './scripts/build/lazy-packages.ts'
import { functions } from './scripts/functions.ts'

/** Every folder of `functions/` becomes a folder of its own in `dist/functions/`, with all it needs inside: the platform
 *  uploads the folder and nothing beside it. */
/** The functions share it, so each part is bundled once. */
const parts = lazyPackages()

export default defineConfig(
  functions.map(({ folder, name }) => ({
    entry: { index: `functions/${folder}/index.ts` },
    outDir: `dist/functions/${name}`,
    format: 'cjs',
    target: 'node18',
    platform: 'node',
    noExternal: [/.*/],
    splitting: false,
    minify: true,
    clean: true,
    metafile: true,
    outExtension: () => ({ js: '.js' }),
    esbuildPlugins: [parts],
    esbuildOptions: (options) => {
      options.supported = { 'dynamic-import': false }
    },
  })),
)
