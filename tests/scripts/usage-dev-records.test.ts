import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'

const tsx = pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href
let folder: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'usage-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const report = (environment: Record<string, string> = {}) =>
  spawnSync(process.execPath, ['--import', tsx, resolve('scripts/usage/main.ts'), 'report'], {
    cwd: folder,
    env: { ...process.env, USAGE_STORE: '', ...environment },
    encoding: 'utf8',
  })

describe('npm run usage without USAGE_STORE', () => {
  test('reads the records of npm run dev if there are any', () => {
    expect(report()).toMatchObject({ status: 1, stderr: expect.stringContaining('There is no store to read.') })
    mkdirSync(join(folder, '.local'))
    writeFileSync(join(folder, '.local/usage.jsonl'), '')
    expect(report()).toMatchObject({
      status: 0,
      stdout: expect.stringContaining('There are no records on these days.'),
    })
    expect(report({ USAGE_STORE: 'none' }).status).toBe(1)
  })
})
