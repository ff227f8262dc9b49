import { spawnSync } from 'node:child_process'
import { describe, expect, test } from '@jest/globals'

const run = (script: string, words: readonly string[]) => {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    ['--import', 'tsx', `testing/${script}/main.ts`, ...words],
    { encoding: 'utf8', timeout: 60_000 },
  )
  return { status, stdout, stderr }
}

describe.each([
  ['soak', '--seconds'],
  ['chaos', '--requests'],
  ['fuzz', '--cases'],
])('npm run %s', (script, option) => {
  test.each(['x', '-1', '', '1e999'])(`rejects ${option}=%s with an explanation and the usage`, (text) => {
    const { status, stdout, stderr } = run(script, [`${option}=${text}`])
    expect(stderr).toContain(`${option} takes a number, 0 or greater, not '${text}'.\n\nnpm run ${script} -- [options]`)
    expect(stdout).toBe('')
    expect(status).toBe(1)
  })

  test('rejects an unknown option, and prints the usage for --help', () => {
    expect(run(script, ['--nothing'])).toMatchObject({ status: 1, stderr: expect.stringContaining("'--nothing'") })
    expect(run(script, ['--help'])).toMatchObject({ status: 0, stdout: expect.stringContaining(option) })
  })
})
