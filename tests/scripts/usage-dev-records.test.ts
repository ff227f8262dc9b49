import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { getScriptArguments } from '../../testing/servers/script-arguments.ts'

let folder: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'usage-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const report = (environment: Record<string, string> = {}) =>
  spawnSync(process.execPath, [...getScriptArguments('scripts/usage/main.ts'), 'report'], {
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
