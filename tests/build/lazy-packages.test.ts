import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import type { Plugin } from '../../scripts/build/data-modules.ts'
import { lazyPackages } from '../../scripts/build/lazy-packages.ts'

type Esbuild = Parameters<Plugin['setup']>[0]['esbuild']

const { build } = createRequire(require.resolve('tsup'))('esbuild') as Esbuild

let root: string

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'lazy-packages-'))
})

afterEach(() => rmSync(root, { recursive: true }))

type Files = Readonly<Record<string, string>>

const writeFiles = (files: Files): void => {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true })
    writeFileSync(join(root, path), text)
  }
}

const buildEntry = async (name: string, plugin: Plugin): Promise<string> => {
  const outdir = join(root, 'dist', name)
  await build({
    ...{ entryPoints: { index: join(root, name) }, outdir, bundle: true, platform: 'node', format: 'cjs' },
    ...{ supported: { 'dynamic-import': false }, plugins: [plugin], logLevel: 'silent' },
  })
  return outdir
}

/** Bundles files of these texts, `entry.ts` first. Returns the path of the folder that holds the bundles. */
const bundle = (files: Files): Promise<string> => {
  writeFiles(files)
  return buildEntry('entry.ts', lazyPackages(root))
}

const load = (folder: string): { readonly value: Promise<unknown> } =>
  createRequire(__filename)(join(folder, 'index.js'))

describe('the bundler of lazy parts', () => {
  test('names a part by its path below the root, and the entry loads it from there', async () => {
    const folder = await bundle({
      'entry.ts': "export const value = import('./store/file/store.ts').then((part) => part.name)",
      'store/file/store.ts': "export const name = 'file store'",
    })
    expect(readdirSync(folder).sort()).toEqual(['index.js', 'metafile-store-file-store.json', 'store-file-store.js'])
    expect(await load(folder).value).toBe('file store')
  })

  test('keeps parts with one base name in different folders apart', async () => {
    const folder = await bundle({
      'entry.ts': `
        export const value = Promise.all([import('./file/store.ts'), import('./mysql/store.ts')])
          .then((parts) => parts.map((part) => part.name))`,
      'file/store.ts': "export const name = 'file'",
      'mysql/store.ts': "export const name = 'mysql'",
    })
    expect(await load(folder).value).toEqual(['file', 'mysql'])
  })

  test('bundles a part of a part', async () => {
    const folder = await bundle({
      'entry.ts': "export const value = import('./outer.ts').then((part) => part.load())",
      'outer.ts': "export const load = () => import('./inner.ts').then((part) => part.name)",
      'inner.ts': "export const name = 'inner'",
    })
    expect(await load(folder).value).toBe('inner')
  })

  test('bundles a part once for all entries that share the plug-in, and writes it beside each', async () => {
    const importing = (part: string) => `export const value = import('./${part}').then((part) => part.load())`
    writeFiles({
      'one.ts': importing('outer.ts'),
      'two.ts': importing('outer.ts'),
      'outer.ts': "export const load = () => import('./inner.ts').then((part) => part.name)",
      'inner.ts': "export const name = 'first'",
    })
    const plugin = lazyPackages(root)
    const one = await buildEntry('one.ts', plugin)
    writeFiles({ 'inner.ts': "export const name = 'second'" })
    const two = await buildEntry('two.ts', plugin)
    expect(await Promise.all([load(one).value, load(two).value])).toEqual(['first', 'first'])
    expect(readdirSync(two)).toEqual(readdirSync(one))
  })

  test('rejects two files whose paths give one name', async () => {
    const files = {
      'entry.ts': "export const value = [import('./file/store.ts'), import('./file-store.ts')]",
      'file/store.ts': '',
      'file-store.ts': '',
    }
    await expect(bundle(files)).rejects.toThrow('two files are named file-store')
  })

  test('rejects two files of one name in different parts', async () => {
    const files = {
      'entry.ts': "export const value = [import('./outer.ts'), import('./file-store.ts')]",
      'outer.ts': "export const load = () => import('./file/store.ts')",
      'file/store.ts': '',
      'file-store.ts': '',
    }
    await expect(bundle(files)).rejects.toThrow('two files are named file-store')
  })

  test('rejects a part that imports itself through another part', async () => {
    const files = {
      'entry.ts': "export const value = import('./outer.ts')",
      'outer.ts': "export const load = () => import('./inner.ts')",
      'inner.ts': "export const load = () => import('./outer.ts')",
    }
    await expect(bundle(files)).rejects.toThrow('outer imports itself: outer → inner → outer')
  })
})
