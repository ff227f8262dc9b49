import { spawnSync } from 'node:child_process'
import { describe, expect, test } from '@jest/globals'
import { parseArguments } from '../../testing/rig/parse-arguments.ts'

describe('parseArguments', () => {
  const usage = 'npm run x -- [options]'
  const defaults = { cases: 100, only: '' }

  test.each(['x', '-1', '', '1e999'])('rejects --cases=%s', (text) => {
    expect(() => parseArguments([`--cases=${text}`], defaults, usage)).toThrow(
      `--cases takes a number, 0 or greater, not '${text}'.`,
    )
  })

  test('returns the given values and the defaults', () => {
    expect(parseArguments(['--only', 'bodies'], defaults, usage)).toEqual({ cases: 100, only: 'bodies' })
    expect(parseArguments(['--cases', '0.5'], defaults, usage)).toEqual({ cases: 0.5, only: '' })
  })

  test('rejects an unknown option', () => {
    expect(() => parseArguments(['--nothing'], defaults, usage)).toThrow('There is no option --nothing.')
  })
})

describe.each([
  ['soak', '--seconds'],
  ['chaos', '--requests'],
  ['fuzz', '--cases'],
])('npm run %s', (script, option) => {
  const run = (...words: readonly string[]) =>
    spawnSync(process.execPath, ['--import', 'tsx', `testing/${script}/main.ts`, ...words], {
      encoding: 'utf8',
      timeout: 60_000,
    })

  test('explains a bad number with the usage and exits with 2', () => {
    const { status, stdout, stderr } = run(`${option}=x`)
    expect(stderr).toContain(`${option} takes a number, 0 or greater, not 'x'.\n\nnpm run ${script} -- [options]`)
    expect([status, stdout]).toEqual([2, ''])
  }, 60_000)

  test('prints the usage for --help and exits with 0', () => {
    expect(run('--help')).toMatchObject({ status: 0, stdout: expect.stringContaining(option) })
  }, 60_000)
})
