import { execFileSync } from 'node:child_process'
import { generateKeyPairSync } from 'node:crypto'
import { createRequire } from 'node:module'
import { join, resolve } from 'node:path'
import { describe, expect, test } from '@jest/globals'

const folder = resolve('dist/functions/llm-chat-completions')

/** The files of the function, and Node's client for `fetch`, that a process of its own has loaded after it did something with the
 *  bundled SDK's `app`. */
const loadedAfter = (action: string): readonly string[] => {
  const script = `
    const { basename, dirname } = require('node:path')
    const credentials = ${JSON.stringify(ticketKey)}
    const app = require(process.argv[1]).init({ env: 'env-1', accessKey: 'a-key', credentials })
    app.database().collection('rows')
    app.auth()
    ${action}
    const beside = Object.keys(require.cache).filter((path) => dirname(path) === dirname(process.argv[1]))
    const fetching = process.moduleLoadList.filter((name) => name.includes('undici/undici'))
    require('node:fs').writeSync(1, JSON.stringify([...beside.map((path) => basename(path)), ...fetching]))`
  const output = execFileSync(process.execPath, ['-e', script, join(folder, 'cloudbase-node-sdk.js')], {
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
const ticketKey = { env_id: 'env-1', private_key_id: 'key-1', private_key: privateKey }

describe('the bundled SDK', () => {
  test('loads no package that the gateway does not use', () => {
    expect(loadedAfter('')).toEqual(['cloudbase-node-sdk.js'])
  })

  test.each([
    ['tickets', "app.auth().createTicket('user-1').slice(100)[0].length", 'jsonwebtoken.js'],
    ['models', "app.ai().createModel('a-model').streamText.call", 'cloudbase-ai.js'],
  ])('still loads a package on first use: %s', (_, action, file) => {
    expect(loadedAfter(action)).toContain(file)
  })

  test.each([
    ['@cloudbase/ai', 'cloudbase-ai.js'],
    ['@cloudbase/app', 'cloudbase-app.js'],
    ['jsonwebtoken', 'jsonwebtoken.js'],
    ['xml2js', 'xml2js.js'],
    ['web-streams-polyfill', 'web-streams-polyfill.js'],
    ['mime-types', 'mime-types.js'],
  ])('keeps all exports of %s in a file of its own', (name, file) => {
    const require = createRequire(import.meta.url)
    const installed: object = createRequire(require.resolve('@cloudbase/node-sdk'))(name)
    expect(Object.keys(require(join(folder, file)) as object)).toEqual(Object.keys(installed))
  })
})
