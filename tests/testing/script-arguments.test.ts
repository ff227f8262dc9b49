import { execFileSync } from 'node:child_process'
import { afterEach, describe, expect, test } from '@jest/globals'
import { getScriptArguments, scriptsVariable } from '../../testing/servers/script-arguments.ts'

const compiledFolder = process.env[scriptsVariable]

afterEach(() => {
  process.env[scriptsVariable] = compiledFolder
})

const help = (words: readonly string[]): string =>
  execFileSync(process.execPath, [...words, '--help'], { encoding: 'utf8' })

describe('the arguments that run a script', () => {
  test('name the compiled script of a test run, which does what the source does', () => {
    const compiled = getScriptArguments('scripts/key/main.ts')
    expect(compiled).toEqual([`${compiledFolder}/scripts/key/main.mjs`])
    delete process.env[scriptsVariable]
    const source = getScriptArguments('scripts/key/main.ts')
    expect(source[0]).toBe('--import')
    expect(help(compiled)).toBe(help(source))
  })

  test('name the source of a script that is not compiled', () => {
    expect(getScriptArguments('testing/fuzz/main.ts').at(-1)).toMatch(/testing[\\/]fuzz[\\/]main\.ts$/)
  })
})
