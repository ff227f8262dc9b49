import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from '@jest/globals'
import cloudbaserc from '../../cloudbaserc.json'
import manifest from '../../package.json'
import type { JsonObject } from '../../shared/runtime/json.ts'
import { mysqlStore } from '../../shared/usage/store/mysql/mysql-store.ts'
import { toOpenRow } from '../../shared/usage/store/row.ts'
import { startFunction } from '../../testing/servers/start-function.ts'
import { testDatabase } from '../../testing/servers/test-database.ts'
import { createLogin } from '../support/create-login.ts'
import { describeWithDatabase } from '../support/describe-with-database.ts'
import { makeOpening } from '../support/make-opening.ts'

describeWithDatabase('the built health function with a database', () => {
  test('counts the undelivered records of a real database and returns its version (R73)', async () => {
    const { dsn } = await testDatabase()
    const store = mysqlStore({ login: createLogin(dsn), table: 'llm_gateway_usage', poolMin: 1, poolMax: 1 })
    const opening = makeOpening({ requestId: 'r-', userId: 'u' })
    const row = toOpenRow(opening, { now: Date.now(), maxMs: 1, written: true })
    for (const delivery of ['pending', 'pending', 'dead', 'sent'] as const)
      await store.insert([{ ...row, id: row.id + Math.random(), state: 'final', delivery }])
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

describe('the deployed health function', () => {
  /** Returns the variables that a function is deployed with, with the values of `.env` and without empty ones. */
  const getDeployed = (name: string, env: Readonly<Record<string, string>>): Record<string, string> => {
    const row = cloudbaserc.functions.find((row) => row.name === name)
    const filled = Object.entries(row?.envVariables ?? {}).map(([variable, value]) => {
      const variableName = /^\{\{env\.(\w+)\}\}$/.exec(value)?.[1]
      return [variable, variableName === undefined ? value : (env[variableName] ?? '')]
    })
    return Object.fromEntries(filled.filter(([, value]) => value !== ''))
  }

  test('counts the models that the other functions serve', async () => {
    const key = 'admin-key-0123456789'
    const env = { GATEWAY_ADMIN_KEY: key, CLOUDBASE_ENV_ID: 'env-1', GLM_API_KEY: 'sk-glm', DEEPSEEK_API_KEY: 'sk-ds' }
    const headers = { 'x-gateway-key': key }
    const [healthy, models] = await Promise.all(
      ['llm-health', 'llm-models'].map((name) => startFunction(name, getDeployed(name, env))),
    )
    const get = (url: string): Promise<JsonObject> =>
      fetch(url, { headers }).then(async (reply) => (await reply.json()) as JsonObject)
    const { data: served } = await get(`${models?.url}/v1/models`)
    const health = await get(`${healthy?.url}/health`)
    await Promise.all([healthy?.stop(), models?.stop()])
    expect(served).toHaveLength(2)
    expect(health).toMatchObject({ status: 'ok', problems: [], config: { models: 2 } })
  })

  test('counts models at a private address if the other functions may call it', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'health-'))
    const map = join(folder, 'map.json')
    writeFileSync(map, JSON.stringify({ own: { api_base: 'http://10.0.0.8/v1' } }))
    const key = 'admin-key-0123456789'
    const env = { GATEWAY_ADMIN_KEY: key, ALLOW_PRIVATE_UPSTREAMS: 'true' }
    const { MODEL_LIST_FILE: _, ...variables } = getDeployed('llm-health', env)
    const { url, stop } = await startFunction('llm-health', { ...variables, MODEL_PROVIDER_MAP_FILE: map })
    const health = await fetch(`${url}/health`, { headers: { 'x-gateway-key': key } }).then((reply) => reply.json())
    await stop()
    rmSync(folder, { recursive: true })
    expect(health).toMatchObject({ status: 'ok', config: { models: 1 } })
  })
})

describe('the built health function without a key', () => {
  test('sends a new UUID with each reply', async () => {
    const { url, stop } = await startFunction('llm-health', {})
    const ids = await Promise.all(
      Array.from({ length: 20 }, async () => (await fetch(`${url}/health`)).headers.get('x-request-id')),
    )
    await stop()
    expect(new Set(ids).size).toBe(20)
    for (const id of ids) expect(id).toMatch(/^[\da-f]{8}-[\da-f]{4}-4[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/)
  })

  test('loads only the http module of Node at its start', () => {
    const entry = readFileSync('dist/functions/llm-health/index.js', 'utf8')
    expect([...entry.matchAll(/require\("([^."][^"]*)"\)/g)].map(([, name]) => name)).toEqual(['http'])
  })
})
