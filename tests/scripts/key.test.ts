import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseEnv } from 'node:util'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { withVariable } from '../../scripts/variables/write-variable.ts'
import { getScriptArguments } from '../../testing/servers/script-arguments.ts'

let folder: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'admin-key-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const key = (words: readonly string[] = [], locale = 'C') => {
  const { stdout, stderr, status } = spawnSync(
    process.execPath,
    [...getScriptArguments('scripts/key/main.ts'), ...words],
    { cwd: folder, env: { ...process.env, LC_ALL: locale }, encoding: 'utf8' },
  )
  return { stdout, stderr, status }
}
const read = (name: string): string => readFileSync(join(folder, name), 'utf8')
const write = (name: string, text: string | Buffer): void => writeFileSync(join(folder, name), text)
const readKey = (): string | undefined => parseEnv(read('.env'))['GATEWAY_ADMIN_KEY']

describe('npm run key', () => {
  test('prints another key each time, as a line for .env, and writes nothing', () => {
    const first = key()
    expect(first).toMatchObject({ status: 0, stderr: '' })
    expect(first.stdout).toMatch(
      /^GATEWAY_ADMIN_KEY=[0-9a-f]{48}\n\nPut this line into \.env, or run npm run key -- --write\.\n$/,
    )
    expect(key().stdout).not.toBe(first.stdout)
    expect(() => read('.env')).toThrow('ENOENT')
  })

  test('speaks Chinese in a Chinese locale', () => {
    expect(key([], 'zh_CN.UTF-8').stdout).toContain('请把这一行写入 .env')
    expect(key(['--help'], 'zh_CN.UTF-8').stdout).toContain('生成一个随机的管理密钥')
  })

  test('writes the key into a copy of the example if there is no .env, and does not print it', () => {
    write('.env.example', '# The key.\nGATEWAY_ADMIN_KEY=\n')
    write('.env.zh-CN.example', '# 密钥。\nGATEWAY_ADMIN_KEY=\n')
    const { stdout, status } = key(['--write'], 'zh_CN.UTF-8')
    expect({ stdout, status }).toEqual({
      status: 0,
      stdout: expect.stringContaining('已在 .env 中设置 GATEWAY_ADMIN_KEY'),
    })
    expect(read('.env')).toMatch(/^# 密钥。\nGATEWAY_ADMIN_KEY=[0-9a-f]{48}\n$/)
    expect(stdout).not.toContain(readKey())
    if (process.platform !== 'win32') expect(statSync(join(folder, '.env')).mode & 0o777).toBe(0o600)
  })

  test('makes a .env of one line without an example', () => {
    expect(key(['--write']).status).toBe(0)
    expect(read('.env')).toMatch(/^GATEWAY_ADMIN_KEY=[0-9a-f]{48}\n$/)
  })

  test('keeps all else of .env', () => {
    write('.env', 'GLM_API_KEY=mine # a comment\r\nGATEWAY_ADMIN_KEY= # none yet\r\nCORS_ORIGINS=x')
    expect(key(['--write']).status).toBe(0)
    expect(read('.env')).toMatch(/^GLM_API_KEY=mine # a comment\r\nGATEWAY_ADMIN_KEY=[0-9a-f]{48}\r\nCORS_ORIGINS=x$/)
  })

  test('reads a .env in UTF-16, as Windows PowerShell writes it', () => {
    write('.env', Buffer.from('\uFEFFGLM_API_KEY=mine\r\n', 'utf16le'))
    expect(key(['--write']).status).toBe(0)
    expect(read('.env')).toMatch(/^GLM_API_KEY=mine\r\nGATEWAY_ADMIN_KEY=[0-9a-f]{48}\r\n$/)
  })

  test.each(['.env', '.env.local'])('never overwrites a key in %s', (file) => {
    write('.env', 'POINTS_PER_1K_TOKENS=1\n')
    write(file, 'GATEWAY_ADMIN_KEY="the key that is used"\n')
    const before = read('.env')
    const { stderr, status } = key(['--write'])
    expect(status).toBe(1)
    expect(stderr).toContain(`GATEWAY_ADMIN_KEY is already set in ${file}, which was not changed.`)
    expect(read('.env')).toBe(before)
  })
})

describe('a variable in the text of .env', () => {
  const variable = { name: 'NAME', value: 'value' }

  test.each([
    ['', 'NAME=value\n'],
    ['A=1', 'A=1\nNAME=value\n'],
    ['A=1\n', 'A=1\nNAME=value\n'],
    ['A=1\r\n', 'A=1\r\nNAME=value\r\n'],
    ['NAME=\n', 'NAME=value\n'],
    ['NAME=', 'NAME=value'],
    ['NAME=""\nA=1\n', 'NAME=value\nA=1\n'],
    ['export NAME=\n', 'export NAME=value\n'],
    ['OTHER_NAME=\n', 'OTHER_NAME=\nNAME=value\n'],
    ['NAME_2=\n', 'NAME_2=\nNAME=value\n'],
    ['# NAME=\n', '# NAME=\nNAME=value\n'],
  ])('turns %j into %j', (text, expected) => {
    expect(withVariable(text, variable)).toBe(expected)
    expect(parseEnv(expected)['NAME']).toBe('value')
  })
})
