import { readdirSync, symlinkSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { Plugin } from '../../scripts/build/data-modules.ts'

type Esbuild = Parameters<Plugin['setup']>[0]['esbuild']

/** Bundles each script that tests start into one file, `scripts/models/main.ts` into `scripts/models/main.mjs` of the folder.
 *  Packages stay outside: the folder gets a link to the installed ones.
 *  @param folder an empty folder */
export const compileScripts = async (folder: string): Promise<void> => {
  const { build } = createRequire(createRequire(resolve('package.json')).resolve('tsup'))('esbuild') as Esbuild
  symlinkSync(resolve('node_modules'), join(folder, 'node_modules'))
  await build({
    entryPoints: findScripts(),
    outbase: '.',
    outdir: folder,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    packages: 'external',
    platform: 'node',
    target: 'node20',
    format: 'esm',
    logLevel: 'warning',
    plugins: [ownAddresses],
  })
}

/** `main.ts` of each tool, and each program that tests run beside themselves. */
const findScripts = (): string[] =>
  ['scripts', 'testing/stand-ins', 'tests'].flatMap((root) =>
    readdirSync(root, { recursive: true, encoding: 'utf8' })
      .filter((path) => /(^|[\\/])(main|[\w-]+-process)\.ts$/.test(path))
      .map((path) => join(root, path)),
  )

/** Keeps `import.meta.url` the address of the source, because scripts read files beside themselves. */
const ownAddresses: Plugin = {
  name: 'own-addresses',
  setup({ onLoad }) {
    onLoad({ filter: /\.ts$/ }, async ({ path }) => {
      const text = await readFile(path, 'utf8')
      return { contents: text.replaceAll('import.meta.url', JSON.stringify(pathToFileURL(path).href)), loader: 'ts' }
    })
  },
}
