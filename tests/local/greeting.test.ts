import { execFileSync } from 'node:child_process'
import { describe, expect, test } from '@jest/globals'
import { formatGreeting } from '../../scripts/local/greeting.ts'

const url = 'http://127.0.0.1:3000'
const withoutAuth = { DISABLE_AUTH: 'true' }
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
  test('shows the address, the models, the files of variables and the file of usage records', () => {
    const environment = { ...withoutAuth, USAGE_STORE: 'file', USAGE_FILE: '/app/.local/usage.jsonl' }
    expect(
      formatGreeting({ url, models: ['tiny', 'glm-4.5'], files: ['.env'], environment })
        .trim()
        .split('\n'),
    ).toEqual([
      'The gateway listens on http://127.0.0.1:3000 (Ctrl-C ends it)',
      'Models: tiny, glm-4.5',
      'Variables: from .env; variables of the shell take precedence',
      'Usage records: /app/.local/usage.jsonl',
      'Try it:',
      `  curl -N http://127.0.0.1:3000/v1/chat/completions -H 'Content-Type: application/json' -d '{"model": "tiny", "messages": [{"role": "user", "content": "Count to 12."}], "stream": true}'`,
    ])
  })

  test('omits models that it may not list, and shows the fix if there is none', () => {
    expect(formatGreeting({ url, models: undefined, files: [], environment: {} })).not.toContain('Models')
    expect(formatGreeting({ url, models: [], files: [], environment: {} })).toContain(
      'Models: none; name some in MODEL_PROVIDER_MAP',
    )
  })

  test('shows the header for the token unless authentication is off', () => {
    const authorization = "-H 'Authorization: Bearer <access token>'"
    expect(formatGreeting({ url, models: ['a'], files: [], environment: {} })).toContain(authorization)
    for (const environment of [
      withoutAuth,
      { DISABLE_AUTH: '1' },
      { DISABLE_AUTH: 'yes' },
      { AUTH_MODE: 'disabled' },
    ]) {
      expect(formatGreeting({ url, models: ['a'], files: [], environment })).not.toContain('Authorization')
    }
  })

  test('names the admin key if there is one, without its value', () => {
    const text = formatGreeting({ url, models: ['a'], files: [], environment: { GATEWAY_ADMIN_KEY: 'the-key-itself' } })
    expect(text).toContain("-H 'X-Gateway-Key: <GATEWAY_ADMIN_KEY>'")
    expect(text).not.toContain('the-key-itself')
    expect(text).not.toContain('Authorization')
  })

  test.each(['tiny', "o'neill/7b", 'a"b\\c', '$(id) `id` !x'])('quotes the model %s for bash', (model) => {
    const words = splitWords(findCurl(formatGreeting({ url, models: [model], files: [], environment: {} })))
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

  test.each([
    ['http://0.0.0.0:80', 'http://127.0.0.1:80/v1'],
    ['http://[::]:80', 'http://[::1]:80/v1'],
  ])('turns the address %s into %s for clients', (everywhere, address) => {
    expect(findCurl(formatGreeting({ url: everywhere, models: ['tiny'], files: [], environment: {} }))).toContain(
      address,
    )
  })
})
