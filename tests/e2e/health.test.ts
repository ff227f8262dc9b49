import { readFileSync } from 'node:fs'
import { describe, expect, test } from '@jest/globals'
import manifest from '../../package.json'
import { mysqlStore } from '../../shared/usage/mysql-store.ts'
import { openRow } from '../../shared/usage/usage-row.ts'
import { loginOf } from '../support/login-of.ts'
import { openingOf } from '../support/opening-of.ts'
import { startFunction } from '../support/start-function.ts'
import { describeWithDatabase, testDatabase } from '../support/test-database.ts'

describeWithDatabase('the built function', () => {
  test('counts in a real database what the webhook has not taken, and names its version', async () => {
    const { dsn } = await testDatabase()
    const store = mysqlStore({ connection: loginOf(dsn), table: 'llm_gateway_usage', poolMax: 1 })
    const opening = openingOf({ requestId: 'r-', userId: 'u' })
    const row = openRow(opening, { now: Date.now(), longestMs: 1, written: true })
    for (const delivery of ['pending', 'pending', 'dead', 'sent'] as const)
      await store.insert({ ...row, id: row.id + Math.random(), state: 'final', delivery })
    await store.end()
    const key = 'admin-key-0123456789'
    const built = await startFunction('llm-health', { GATEWAY_ADMIN_KEY: key, MYSQL_DSN: dsn, USAGE_STORE: 'mysql' })
    const reply = await fetch(`${built.url}/health`, { headers: { 'x-gateway-key': key } })
    await built.stop()
    expect(await reply.json()).toMatchObject({
      version: manifest.version,
      usage: { store: 'mysql', reachable: true, undelivered: 2, dead: 1 },
    })
  })
})

describe('the built function without a key', () => {
  test('gives each reply a UUID of its own', async () => {
    const { url, stop } = await startFunction('llm-health', {})
    const ids = await Promise.all(
      Array.from({ length: 20 }, async () => (await fetch(`${url}/health`)).headers.get('x-request-id')),
    )
    await stop()
    expect(new Set(ids).size).toBe(20)
    for (const id of ids) expect(id).toMatch(/^[\da-f]{8}-[\da-f]{4}-4[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/)
  })

  test('starts on nothing of Node but http', () => {
    const entry = readFileSync('dist/functions/llm-health/index.js', 'utf8')
    expect([...entry.matchAll(/require\("([^."][^"]*)"\)/g)].map(([, name]) => name)).toEqual(['http'])
  })
})
