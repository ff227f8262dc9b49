import { execFileSync } from 'node:child_process'
import { describe, expect, test } from '@jest/globals'
import { getLocalUrl, toClientUrl } from '../../scripts/local/client-url.ts'
import { formatGreeting, type GreetingOptions } from '../../scripts/local/greeting.ts'

const url = 'http://127.0.0.1:3000'
const withoutAuth = { DISABLE_AUTH: 'true' }
const greet = (given: Partial<GreetingOptions> = {}): string =>
  formatGreeting({ url, chatUrl: url, models: ['a'], files: [], environment: {}, language: 'en', ...given })
const findCurl = (text: string): string => text.split('\n').find((line) => line.includes('curl -N')) ?? ''

/** The words into which bash splits a pasted line; curl itself does not run. */
const splitWords = (line: string): string[] =>
  JSON.parse(
    execFileSync('bash', ['-c', `curl() { "$NODE" -p 'JSON.stringify(process.argv.slice(1))' -- "$@"; }\n${line}`], {
      env: { ...process.env, NODE: process.execPath },
      encoding: 'utf8',
    }),
  )

describe('the greeting', () => {
  const environment = { ...withoutAuth, USAGE_STORE: 'file', USAGE_FILE: '/app/.local/usage.jsonl' }
  const splitLines = (text: string): string[] => text.trim().split('\n')

  test('shows the address, the models, the files of variables, the file of usage records and two requests', () => {
    expect(splitLines(greet({ models: ['tiny', 'glm-4.5'], files: ['.env'], environment }))).toEqual([
      'The gateway listens on http://127.0.0.1:3000 (Ctrl-C ends it)',
      'Models: tiny, glm-4.5',
      'Variables: from .env; variables of the shell take precedence',
      'Usage records: /app/.local/usage.jsonl',
      'Open http://127.0.0.1:3000/ in a browser to talk to it',
      'Or try it in another terminal:',
      '  npm run chat -- "Count to 12."',
      'Or with curl (bash):',
      `  curl -N http://127.0.0.1:3000/v1/chat/completions -H 'Content-Type: application/json' -d '{"model": "tiny", "messages": [{"role": "user", "content": "Count to 12."}], "stream": true}'`,
      'See usage and models in a page: npm run console',
    ])
  })

  test('speaks Chinese', () => {
    expect(splitLines(greet({ models: ['tiny', 'glm-4.5'], files: ['.env'], environment, language: 'zh' }))).toEqual([
      '网关已启动：http://127.0.0.1:3000（按 Ctrl-C 结束）',
      '模型：tiny、glm-4.5',
      '环境变量：来自 .env；命令行中已设置的优先',
      '用量记录：/app/.local/usage.jsonl',
      '在浏览器中打开 http://127.0.0.1:3000/ 即可对话',
      '或另开一个终端试一试：',
      '  npm run chat -- "数到12"',
      '或使用 curl（bash）：',
      `  curl -N http://127.0.0.1:3000/v1/chat/completions -H 'Content-Type: application/json' -d '{"model": "tiny", "messages": [{"role": "user", "content": "数到12"}], "stream": true}'`,
      '在网页中查看模型和用量：npm run console',
    ])
  })

  test('names its address for npm run chat if that would call another one', () => {
    const text = greet({ url: 'http://127.0.0.1:8080' })
    expect(text).toContain('npm run chat -- --url=http://127.0.0.1:8080 "Count to 12."')
  })

  test('omits models that it may not list, and shows the fix if there is none', () => {
    expect(greet({ models: undefined })).not.toContain('Models')
    expect(greet({ models: [] })).toContain('Models: none; name some in MODEL_PROVIDER_MAP')
    expect(greet({ models: [], language: 'zh' })).toContain('模型：没有；请用 MODEL_PROVIDER_MAP')
  })

  test('shows the header for the token unless authentication is off', () => {
    expect(greet()).toContain("-H 'Authorization: Bearer <access token>'")
    for (const environment of [
      withoutAuth,
      { DISABLE_AUTH: '1' },
      { DISABLE_AUTH: 'yes' },
      { AUTH_MODE: 'disabled' },
    ]) {
      expect(greet({ environment })).not.toContain('Authorization')
    }
  })

  test('names the admin key if there is one, without its value', () => {
    const text = greet({ environment: { GATEWAY_ADMIN_KEY: 'the-key-itself' } })
    expect(text).toContain("-H 'X-Gateway-Key: <GATEWAY_ADMIN_KEY>'")
    expect(text).not.toContain('the-key-itself')
    expect(text).not.toContain('Authorization')
  })

  test.each(['tiny', "o'neill/7b", 'a"b\\c', '$(id) `id` !x'])('quotes the model %s for bash', (model) => {
    const words = splitWords(findCurl(greet({ models: [model] })))
    expect(words.slice(0, -1)).toEqual([
      '-N',
      'http://127.0.0.1:3000/v1/chat/completions',
      '-H',
      'Content-Type: application/json',
      '-H',
      'Authorization: Bearer <access token>',
      '-d',
    ])
    expect(JSON.parse(words.at(-1) ?? '')).toMatchObject({ model, stream: true })
  })
})

describe('the URL for clients of this machine', () => {
  test.each([
    [{ host: '0.0.0.0', port: 80 }, 'http://127.0.0.1:80'],
    [{ host: '::', port: 80 }, 'http://[::1]:80'],
    [{ host: '::1', port: 3000 }, 'http://[::1]:3000'],
    [{ host: 'localhost', port: 3000 }, 'http://localhost:3000'],
  ])('of %j is %s', (address, expected) => {
    expect(toClientUrl(address)).toBe(expected)
  })

  test('comes from HOST and PORT', () => {
    expect(getLocalUrl({})).toBe('http://127.0.0.1:3000')
    expect(getLocalUrl({ HOST: '0.0.0.0', PORT: '8080' })).toBe('http://127.0.0.1:8080')
    expect(() => getLocalUrl({ PORT: 'x' }, 'zh')).toThrow('PORT 的值“x”不是端口号')
  })
})
