import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { askForAccess } from '../../scripts/cloud/ask.ts'
import { readVariables } from '../../scripts/cloud/variables.ts'

let folder: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ask-'))
})

afterEach(() => rmSync(folder, { recursive: true }))

describe('what opens the environment', () => {
  test('is asked for once: the answers are kept in .env, beside what stands there', async () => {
    writeFileSync(join(folder, '.env'), 'GLM_API_KEY=k\nCLOUDBASE_ENV_ID=shop')
    const asked: [string, boolean][] = []
    const answer = async (text: string, isSecret: boolean): Promise<string> => {
      asked.push([text, isSecret])
      return `answer-${asked.length}`
    }
    const first = await askForAccess(folder, readVariables(folder, {}), answer)
    expect(asked).toEqual([
      ['TENCENTCLOUD_SECRETID (console: Access Management > API Keys): ', true],
      ['TENCENTCLOUD_SECRETKEY (console: Access Management > API Keys): ', true],
    ])
    expect(await askForAccess(folder, readVariables(folder, {}), answer)).toEqual(first)
    expect(asked).toHaveLength(2)
    expect(first).toEqual({
      GLM_API_KEY: 'k',
      CLOUDBASE_ENV_ID: 'shop',
      TENCENTCLOUD_SECRETID: 'answer-1',
      TENCENTCLOUD_SECRETKEY: 'answer-2',
    })
  })

  test('is left for the preflight to name where nobody answers', async () => {
    expect(await askForAccess(folder, {}, async () => '')).toEqual({})
    expect(() => readFileSync(join(folder, '.env'))).toThrow('ENOENT')
  })
})

describe('the variables of a command', () => {
  test('are the shell’s over .env.local’s over .env’s, and blank is unset', () => {
    writeFileSync(join(folder, '.env'), 'A=env\nB=env\nC=env # a comment\nD=\n')
    writeFileSync(join(folder, '.env.local'), 'B=local\n')
    expect(readVariables(folder, { A: 'shell', B: ' ', E: undefined })).toEqual({ A: 'shell', B: 'local', C: 'env' })
  })
})
