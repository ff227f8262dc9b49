import { execFileSync } from 'node:child_process'
import { generateKeyPairSync } from 'node:crypto'
import { createRequire } from 'node:module'
import { join, resolve } from 'node:path'
import { describe, expect, test } from '@jest/globals'

const folder = resolve('dist/functions/llm-chat-completions')
const bundle = join(folder, 'cloudbase-node-sdk.js')

/** What a process of its own has loaded after it did something with the bundled SDK's `app`. */
const loadedAfter = (action: string, credentials: object = {}): readonly string[] => {
  const script = `
    const cloudbase = require(process.argv[1])
    const app = cloudbase.init({ env: 'env-1', accessKey: 'a-key', ...JSON.parse(process.argv[2]) })
    app.database().collection('rows')
    app.auth()
    ${action}
    const { basename, dirname } = require('node:path')
    const beside = Object.keys(require.cache).filter((path) => dirname(path) === dirname(process.argv[1]))
    const fetching = process.moduleLoadList.filter((name) => name.includes('undici/undici'))
    require('node:fs').writeSync(1, JSON.stringify([...beside.map((path) => basename(path)), ...fetching]))`
  const output = execFileSync(process.execPath, ['-e', script, bundle, JSON.stringify(credentials)], {
    encoding: 'utf8',
    env: { TENCENTCLOUD_RUNENV: 'SCF', TENCENTCLOUD_REGION: 'ap-shanghai', SCF_NAMESPACE: 'env-1' },
  })
  return JSON.parse(output) as string[]
}

const { privateKey } = generateKeyPairSync('rsa', {
  modulusLength: 2048,
  privateKeyEncoding: { type: 'pkcs1', format: 'pem' },
  publicKeyEncoding: { type: 'pkcs1', format: 'pem' },
})
const ticketKey = { credentials: { env_id: 'env-1', private_key_id: 'key-1', private_key: privateKey } }

describe('the bundled SDK', () => {
  test("is loaded without what the gateway has no use for, and without Node's client for fetch", () => {
    expect(loadedAfter('')).toEqual(['cloudbase-node-sdk.js'])
  })

  test.each([
    [
      'makes tickets',
      "if (app.auth().createTicket('user-1').length < 100) throw new Error('no ticket')",
      'jsonwebtoken.js',
    ],
    [
      'reaches models',
      "if (typeof app.ai().createModel !== 'function') throw new Error('no models')",
      'cloudbase-ai.js',
    ],
  ])('still %s, and loads what that takes', (_, action, file) => {
    expect(loadedAfter(action, ticketKey)).toContain(file)
  })

  const require = createRequire(import.meta.url)

  test.each([
    ['@cloudbase/ai', 'cloudbase-ai.js'],
    ['@cloudbase/app', 'cloudbase-app.js'],
    ['jsonwebtoken', 'jsonwebtoken.js'],
    ['xml2js', 'xml2js.js'],
    ['web-streams-polyfill', 'web-streams-polyfill.js'],
    ['mime-types', 'mime-types.js'],
  ])('has %s in a file of its own, whole', (name, file) => {
    const installed: object = createRequire(require.resolve('@cloudbase/node-sdk'))(name)
    expect(Object.keys(require(join(folder, file)) as object)).toEqual(Object.keys(installed))
  })
})
