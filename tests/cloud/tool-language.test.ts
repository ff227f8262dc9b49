import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { toCloudFailure } from '../../scripts/cloud/client/cloud-failure.ts'
import { pass } from '../../scripts/cloud/doctor/examine/finding.ts'
import { formatReport } from '../../scripts/cloud/doctor/report.ts'
import { getScriptArguments } from '../../testing/servers/script-arguments.ts'

let folder: string

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'tool-language-'))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const run = (tool: string, locale: string, ...words: string[]) => {
  const { stdout, stderr, status } = spawnSync(
    process.execPath,
    [...getScriptArguments(`scripts/cloud/${tool}/main.ts`), ...words],
    { cwd: folder, env: { PATH: process.env['PATH'], LC_ALL: locale }, encoding: 'utf8' },
  )
  return { output: `${stdout}${stderr}`, status }
}

describe('the tools of a deployment', () => {
  test.each([
    ['deploy', '[options]', '[选项]'],
    ['doctor', '[options]', '[选项]'],
    ['smoke', 'URL [options]', 'URL [选项]'],
    ['undeploy', '[options]', '[选项]'],
  ])('show their options in the language of the locale: %s', (tool, english, chinese) => {
    expect(run(tool, 'C', '--help').output).toContain(`npm run ${tool} -- ${english}\n`)
    expect(run(tool, 'zh_CN.UTF-8', '--help').output).toContain(`npm run ${tool} -- ${chinese}\n`)
  })

  test('refuse wrong arguments and missing variables in Chinese', () => {
    expect(run('smoke', 'zh_CN.UTF-8', 'x')).toEqual({
      status: 2,
      output: expect.stringContaining('“x”不是网关的地址'),
    })
    expect(run('deploy', 'zh_CN.UTF-8', '--patience', 'x').output).toMatch(/^--patience 须为秒数。\n/)
  })

  test('give advice about errors of the cloud in Chinese', () => {
    const error = Object.assign(new Error('a message'), { code: 'AuthFailure.SignatureExpire' })
    expect(toCloudFailure(error, 'zh')).toEqual({
      reason: 'AuthFailure.SignatureExpire: a message',
      advice: '本机时钟误差超过五分钟，请校准。',
    })
  })

  test('sum up the report of npm run doctor in Chinese', () => {
    const sections = [{ subject: 'routes', findings: [pass('/health', 'leads to llm-health')] }]
    expect(formatReport(sections, 'zh').at(-1)).toBe('1 项正常，0 项警告，0 个问题，0 项未知')
  })
})
