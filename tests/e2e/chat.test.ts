import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { getScriptArguments } from '../../testing/servers/script-arguments.ts'
import { type LocalGateway, startLocalGateway } from '../../testing/servers/start-local-gateway.ts'

let gateway: LocalGateway
let folder: string

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'chat-'))
  gateway = await startLocalGateway()
  writeFileSync(join(folder, '.env'), `PORT=${new URL(gateway.url).port}\n`)
}, 60_000)

afterAll(async () => {
  await gateway.stop()
  rmSync(folder, { recursive: true, force: true })
})

/** Runs `npm run chat` in a folder whose `.env` names the port of the gateway. */
const chat = async (words: readonly string[], { input = '', locale = 'C' } = {}) => {
  const child = spawn(process.execPath, [...getScriptArguments('scripts/chat/main.ts'), ...words], {
    cwd: folder,
    env: { ...process.env, LC_ALL: locale },
  })
  const output = { stdout: '', stderr: '' }
  for (const name of ['stdout', 'stderr'] as const)
    child[name].setEncoding('utf8').on('data', (text: string) => (output[name] += text))
  child.stdin.end(input)
  const [code] = await once(child, 'close')
  return { ...output, code }
}

describe('npm run chat', () => {
  test('finds the local gateway by .env, and shows the reply, its tokens and its points', async () => {
    expect(await chat(['Count', 'to', '12.'])).toEqual({
      stdout: '1 2 3 4 5 6 7 8 9 10 11 12.\n20 + 27 tokens · 8 points\n',
      stderr: '',
      code: 0,
    })
  })

  test('speaks Chinese, and takes a text from a pipe', async () => {
    const { stdout, code } = await chat(['--system', '你是一个助手。'], { input: '你好\n', locale: 'zh_CN.UTF-8' })
    expect(stdout).toMatch(/^你好！我是网关里的小模型。\n\d+ \+ 39 个 token · \d+ 积分\n$/)
    expect(code).toBe(0)
  })

  test.each([
    [1, ['--model', 'gpt-9', 'Hello'], /^✗ The model 'gpt-9' does not exist.* \(404 model_not_found\)\n$/],
    [2, ['--url', 'ftp://x', 'Hello'], /^\n?(✗ )?'ftp:\/\/x' is no URL\./],
    [2, ['--modle', 'x'], /There is no option --modle\. Did you mean --model\?/],
    [2, [], /npm run chat -- \[options\] \[TEXT\]/],
  ])('fails with exit code %i and in words for %j', async (exitCode, words, message) => {
    const { stdout, stderr, code } = await chat(words)
    expect({ stdout, code }).toEqual({ stdout: '', code: exitCode })
    expect(stderr).toMatch(message)
  })

  test('shows its options', async () => {
    expect(await chat(['--help'], { locale: 'zh_CN' })).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('--system'),
    })
  })
})
