import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from '@jest/globals'
import { getScriptArguments } from '../../testing/servers/script-arguments.ts'

const folder = mkdtempSync(join(tmpdir(), 'definition-tool-'))
afterAll(() => rmSync(folder, { recursive: true }))

const run = (tool: string, ...args: string[]) => {
  const store = { USAGE_STORE: 'mysql', MYSQL_DSN: 'mysql://user:password@127.0.0.1:1/none' }
  const env = { PATH: process.env['PATH'], LC_ALL: 'C', ...store }
  const path = getScriptArguments(`scripts/${tool}/main.ts`)
  return spawnSync(process.execPath, [...path, ...args], { cwd: folder, env, encoding: 'utf8' })
}

const quotas = JSON.stringify([{ name: 'a', unit: 'requests', window: 'day', per: 'user', limit: 1 }])

test.each([
  ['quotas', quotas, '1 quota: all can be used.\n'],
  ['words', '[fraud]\n第一\n第二', '2 words: all can be used.\n'],
])(
  'npm run %s reads a file in the UTF-16 of Windows PowerShell, and one with a byte order mark',
  (tool, text, said) => {
    const file = join(folder, tool)
    for (const encoding of ['utf16le', 'utf8'] as const) {
      writeFileSync(file, `\uFEFF${text}`, encoding)
      expect(run(tool, 'check', file)).toMatchObject({ status: 0, stdout: said, stderr: '' })
    }
  },
)

test.each([
  [['set'], 'set needs a FILE.'],
  [['check'], 'check needs a FILE.'],
  [['show', 'quotas.json'], "'quotas.json' is an argument too many."],
])('npm run quotas says what is wrong with %j', (args, problem) => {
  expect(run('quotas', ...args)).toMatchObject({ status: 2, stdout: '', stderr: expect.stringContaining(problem) })
})

test('npm run quotas refuses a quota of keys as long as KEYS is off, as the gateway does', () => {
  const file = join(folder, 'keys.json')
  writeFileSync(file, quotas.replace('user', 'key'))
  for (const command of ['check', 'set'])
    expect(run('quotas', command, file)).toMatchObject({
      ...{ status: 2, stdout: '' },
      stderr: expect.stringContaining("A quota with 'per' key needs KEYS=on"),
    })
  writeFileSync(join(folder, '.env'), 'KEYS=on')
  expect(run('quotas', 'check', file)).toMatchObject({ status: 0, stdout: '1 quota: all can be used.\n' })
})
