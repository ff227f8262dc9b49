import { execFileSync } from 'node:child_process'
import { cpSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { digestZip, packFunction } from '../../scripts/cloud/functions/function-package.ts'
import { functions } from '../../scripts/functions.ts'

const sources = [
  'functions',
  'scripts',
  'shared',
  'model_list.json',
  'model_map.json',
  'package.json',
  'tsconfig.json',
  'tsup.config.ts',
  'web',
]

let elsewhere: string

beforeAll(() => {
  elsewhere = mkdtempSync(join(tmpdir(), 'elsewhere-'))
  for (const source of sources) cpSync(source, join(elsewhere, source), { recursive: true })
  symlinkSync(resolve('node_modules'), join(elsewhere, 'node_modules'))
  execFileSync('npm', ['run', '--silent', 'build'], { cwd: elsewhere, stdio: 'ignore' })
}, 240_000)

afterAll(() => rmSync(elsewhere, { recursive: true }))

test.each(functions.map(({ name }) => name))(
  'builds %s with the same bytes in another folder, at most 1.5 MB',
  (name) => {
    const here = packFunction(join('dist/functions', name))
    const there = packFunction(join(elsewhere, 'dist/functions', name))
    expect(Buffer.compare(here.zip, there.zip)).toBe(0)
    expect(here.zip.length).toBeLessThanOrEqual(1.5 * 1024 * 1024)
    expect(digestZip(there.zip)).toBe(here.digest)
  },
)
