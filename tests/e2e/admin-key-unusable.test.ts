import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { type StartedFunction, startFunction } from '../../testing/servers/start-function.ts'

const keys = ['管理员的密钥管理员的密钥管理员的密钥', 'clé-d-administrateur-très-longue', 'the-admin-key-of-the-test']

describe.each(keys)('the admin key %s', (key) => {
  const isAscii = key === keys[2]
  let gateway: StartedFunction

  beforeAll(async () => {
    gateway = await startFunction('llm-admin-reload', { GATEWAY_ADMIN_KEY: key, DISABLE_AUTH: 'true' })
  })
  afterAll(() => gateway.stop())

  test(`${isAscii ? 'matches' : 'never matches'} when it is sent as UTF-8`, async () => {
    const headers = { 'x-gateway-key': Buffer.from(key).toString('latin1') }
    const reply = await fetch(`${gateway.url}/admin/reload`, { method: 'POST', headers })
    expect(reply.status === 401).toBe(!isAscii)
  })

  test(`is ${isAscii ? 'not ' : ''}named as unusable in the log at the start`, () => {
    expect(gateway.output().includes('"admin_key_unusable"')).toBe(!isAscii)
    expect(gateway.output()).not.toContain(key)
  })
})
