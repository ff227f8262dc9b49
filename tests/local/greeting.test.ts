import { execFileSync } from 'node:child_process'
import { describe, expect, test } from '@jest/globals'
import { formatGreeting } from '../../scripts/local/greeting.ts'

const url = 'http://127.0.0.1:3000'
const withoutAuth = { DISABLE_AUTH: 'true' }
const curlOf = (text: string): string => text.split('\n').find((line) => line.includes('curl -N')) ?? ''

/** The words that bash makes of a pasted line; curl itself does not run. */
const wordsOf = (line: string): string[] =>
  JSON.parse(
    execFileSync('bash', ['-c', `curl() { "$NODE" -p 'JSON.stringify(process.argv.slice(1))' -- "$@"; }\n${line}`], {
      env: { ...process.env, NODE: process.execPath },
      encoding: 'utf8',
    }),
  )

describe('the greeting', () => {
  test('tells where the gateway listens, what it serves and where records go', () => {
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

  test('says nothing about models it may not list, and what to do when there is none', () => {
    expect(formatGreeting({ url, models: undefined, files: [], environment: {} })).not.toContain('Models')
    expect(formatGreeting({ url, models: [], files: [], environment: {} })).toContain(
      'Models: none; name some in MODEL_PROVIDER_MAP',
    )
  })

  test('shows where the token goes unless authentication is off', () => {
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

  test('names the admin key where there is one, without showing it', () => {
    const text = formatGreeting({ url, models: ['a'], files: [], environment: { GATEWAY_ADMIN_KEY: 'the-key-itself' } })
    expect(text).toContain("-H 'X-Gateway-Key: <GATEWAY_ADMIN_KEY>'")
    expect(text).not.toContain('the-key-itself')
    expect(text).not.toContain('Authorization')
  })

  test.each(['tiny', "o'neill/7b", 'a"b\\c', '$(id) `id` !x'])('gives bash a request for %s as it is', (model) => {
    const words = wordsOf(curlOf(formatGreeting({ url, models: [model], files: [], environment: {} })))
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
  ])('that listens on %s sends clients to %s', (everywhere, address) => {
    expect(curlOf(formatGreeting({ url: everywhere, models: ['tiny'], files: [], environment: {} }))).toContain(address)
  })
})
