import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals'
import { ask } from '../../scripts/cloud/prompt/ask.ts'
import { askCredentials } from '../../scripts/cloud/prompt/ask-credentials.ts'
import { runCommand } from '../../scripts/cloud/prompt/run-command.ts'
import { readVariables } from '../../scripts/variables/read-variables.ts'

let folder: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ask-'))
})

afterEach(() => rmSync(folder, { recursive: true }))

describe('the prompt for credentials', () => {
  test('asks once, and appends the replies to .env', async () => {
    writeFileSync(join(folder, '.env'), 'GLM_API_KEY=k\nCLOUDBASE_ENV_ID=shop')
    const asked: [string, boolean][] = []
    const answer = async (text: string, isSecret: boolean): Promise<string> => {
      asked.push([text, isSecret])
      return `answer-${asked.length}`
    }
    const first = await askCredentials(folder, readVariables(folder, {}), answer)
    expect(asked).toEqual([
      ['TENCENTCLOUD_SECRETID (console: Access Management > API Keys): ', true],
      ['TENCENTCLOUD_SECRETKEY (console: Access Management > API Keys): ', true],
    ])
    expect(await askCredentials(folder, readVariables(folder, {}), answer)).toEqual(first)
    expect(asked).toHaveLength(2)
    expect(first).toEqual({
      GLM_API_KEY: 'k',
      CLOUDBASE_ENV_ID: 'shop',
      TENCENTCLOUD_SECRETID: 'answer-1',
      TENCENTCLOUD_SECRETKEY: 'answer-2',
    })
  })

  test('leaves missing credentials to the preflight if there is no reply', async () => {
    expect(await askCredentials(folder, {}, async () => '')).toEqual({})
    expect(() => readFileSync(join(folder, '.env'))).toThrow('ENOENT')
  })
})

/** A terminal with this input. */
const terminal = (typed: string) => {
  const input = Object.assign(new PassThrough(), { isTTY: true })
  const output = new PassThrough()
  setImmediate(() => input.write(typed))
  return { input, output }
}

describe('a question on the terminal', () => {
  test('returns one line', async () => {
    expect(await ask('Go on? ', terminal('yes \r'))).toBe('yes')
    const secret = terminal('hush\r')
    expect(await ask('Key: ', { ...secret, isSecret: true })).toBe('hush')
    expect(String(secret.output.read())).toBe('Key: \n')
  })

  test.each([
    ['Ctrl-C', '\u0003'],
    ['Ctrl-D', '\u0004'],
  ])('ends the command with exit code 130 on %s, with nothing changed', async (_, typed) => {
    const { exitCode } = process
    const complain = jest.spyOn(console, 'error').mockImplementation(() => {})
    try {
      const run = async (): Promise<boolean> => (await ask('Go on? ', terminal(typed))) !== ''
      await runCommand({ help: '', parse: () => ({ help: false }), asks: () => false, run }, [])
      expect(process.exitCode).toBe(130)
      expect(complain.mock.calls).toEqual([['\nInterrupted: nothing has been changed.']])
    } finally {
      process.exitCode = exitCode
      complain.mockRestore()
    }
  })
})

describe('the variables of a command', () => {
  test('come from the shell over .env.local over .env, and a blank one is unset', () => {
    writeFileSync(join(folder, '.env'), 'A=env\nB=env\nC=env # a comment\nD=\n')
    writeFileSync(join(folder, '.env.local'), 'B=local\n')
    expect(readVariables(folder, { A: 'shell', B: ' ', E: undefined })).toEqual({ A: 'shell', B: 'local', C: 'env' })
  })

  test('are read behind the byte order mark of an editor on Windows', () => {
    writeFileSync(join(folder, '.env'), '\uFEFFA=env\r\nB=env\r\n')
    expect(readVariables(folder, {})).toEqual({ A: 'env', B: 'env' })
  })
})
