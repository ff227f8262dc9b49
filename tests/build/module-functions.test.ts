import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { expect, test } from '@jest/globals'
import type { Plugin } from '../../scripts/build/data-modules.ts'
import { rareDirective, rewriteModules } from '../../scripts/build/module-functions.ts'

type Esbuild = Parameters<Plugin['setup']>[0]['esbuild']

const { build } = createRequire(require.resolve('tsup'))('esbuild') as Esbuild

/** Bundles CommonJS files of these texts, `main.js` first, as the build bundles packages. */
const bundle = async (files: Readonly<Record<string, string>>): Promise<string> => {
  const folder = mkdtempSync(join(tmpdir(), 'module-functions-'))
  try {
    for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text)
    const { outputFiles } = await build({
      ...{ entryPoints: [join(folder, 'main.js')], bundle: true, minify: true, write: false },
      ...{ platform: 'node', format: 'cjs', target: 'node18' },
    })
    return outputFiles[0]?.text ?? ''
  } finally {
    rmSync(folder, { recursive: true })
  }
}

/** Runs a bundle and returns what it exports. */
const run = (code: string): unknown => {
  const module = { exports: {} }
  new Function('module', 'exports', code)(module, module.exports)
  return module.exports
}

test('makes modules functions, in parentheses unless they are rare, that export the same', async () => {
  const code = await bundle({
    'main.js': "exports.both = () => [require('./often.js').name(), require('./rarely.js')(), this === exports]",
    'often.js': "'use strict'; exports.name = () => { const inner = (exports) => exports; return inner('often') }",
    'rarely.js': `'${rareDirective}'; 'use strict'; module.exports = () => 'rarely'`,
  })
  const rewritten = rewriteModules(code)
  expect(code).not.toContain('(function(')
  expect(rewritten.match(/\w\(\(function\(/g)).toHaveLength(1)
  expect(rewritten.match(/\w\(function\(/g)).toHaveLength(1)
  const { both } = run(rewritten) as { both: () => unknown }
  expect(both()).toEqual(['often', 'rarely', true])
  expect((run(code) as { both: () => unknown }).both()).toEqual(both())
})

test('leaves a bundle alone that has no such modules', () => {
  for (const code of ['var a=(b,c)=>b+c;a(1,2);', 'exports.a=1;', 'var t=(a,b)=>()=>a(b);var u=t(1,2);'])
    expect(rewriteModules(code)).toBe(code)
})

test.each(['cloudbase-node-sdk', 'mysql2-promise'])('has rewritten every module of %s', (name) => {
  const code = readFileSync(resolve('dist/functions/llm-chat-completions', `${name}.js`), 'utf8')
  expect(code.match(/\(function\(/g)?.length).toBeGreaterThan(50)
  expect(rewriteModules(code)).toBe(code)
})
