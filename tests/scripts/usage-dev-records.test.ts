import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { openWorkspace } from '../../scripts/console/workspace.ts'
import { getScriptArguments } from '../../testing/servers/script-arguments.ts'

let folder: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'usage-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const run = (tool: string, args: readonly string[], environment: Record<string, string> = {}) =>
  spawnSync(process.execPath, [...getScriptArguments(`scripts/${tool}/main.ts`), ...args], {
    cwd: folder,
    env: { ...process.env, USAGE_STORE: '', ...environment },
    encoding: 'utf8',
  })

const report = (environment: Record<string, string> = {}) => run('usage', ['report'], environment)

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

test('the console sees the keys that were made before the first npm run dev', async () => {
  expect(run('keys', ['create', 'ann', '--name', 'first']).status).toBe(0)
  const workspace = openWorkspace(folder, { USAGE_STORE: '' })
  const { book } = await workspace.openKeys()
  expect(await book.list('ann')).toMatchObject([{ name: 'first' }])
  await workspace.close()
})
