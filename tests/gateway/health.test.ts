import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, test } from '@jest/globals'
import manifest from '../../package.json'
import { readConfig } from '../../shared/gateway/config/config.ts'
import { readServerConfig } from '../../shared/gateway/config/server-config.ts'
import type { HealthDetail } from '../../shared/gateway/health/health-detail.ts'
import { health } from '../../shared/gateway/health.ts'
import { createTargetLimits } from '../../shared/gateway/stores/target-limits.ts'
import { serve } from '../../shared/http/server.ts'
import { createRegistry } from '../../shared/models/registry.ts'
import type { Target } from '../../shared/protocol/route.ts'
import { getTargetId } from '../../shared/providers/targets/target-id.ts'
import { fileStore } from '../../shared/usage/store/file/file-store.ts'
import { toFinalFields, toOpenRow, type UsageRow } from '../../shared/usage/store/row.ts'
import { waitForListening } from '../../testing/servers/loopback-server.ts'
import { testDatabase } from '../../testing/servers/test-database.ts'
import { cloudbaseDatabase } from '../../testing/stand-ins/cloudbase-database.ts'
import { faultyMysql } from '../../testing/stand-ins/faulty-mysql.ts'
import { scriptedProvider } from '../../testing/stand-ins/provider.ts'
import { describeWithDatabase } from '../support/describe-with-database.ts'
import { makeOpening } from '../support/make-opening.ts'
import { collectionStoreOn, standInCredentials } from '../usage/store/stores.ts'

const cleanups: (() => Promise<unknown>)[] = []

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
})

const key = 'admin-key-0123456789'

const started = async (variables: Record<string, string> = {}): Promise<string> => {
  const environment = { GATEWAY_ADMIN_KEY: key, DISABLE_AUTH: 'true', LOG_LEVEL: 'error', ...variables }
  const server = { ...readServerConfig(environment), host: '127.0.0.1', port: 0 }
  const { url, close } = await waitForListening(serve(health(server, environment), server))
  cleanups.push(close)
  return `${url}/health`
}

const getDetail = async (url: string): Promise<HealthDetail & { ok: boolean; ts: number }> => {
  const reply = await fetch(url, { headers: { 'x-gateway-key': key } })
  expect(reply.status).toBe(200)
  return (await reply.json()) as HealthDetail & { ok: boolean; ts: number }
}

const map = { MODEL_PROVIDER_MAP: '{"m": {"api_base": "https://a.example.com/v1"}}' }

const makeRow = (id: string, delivery: UsageRow['delivery']): UsageRow => {
  const opening = makeOpening({ requestId: id, userId: 'u' })
  const usage = { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 }
  const closing = { outcome: 'complete', usage, estimated: false, latencyMs: 1, ttftMs: 1 } as const
  const row = toOpenRow(opening, { now: Date.now(), maxMs: 1, written: true })
  return {
    ...row,
    ...toFinalFields(closing, { points: 0, costNanoYuan: null }, Date.now()),
    delivery,
    next_at: Date.now() + 1e9,
  }
}

describe('liveness', () => {
  test('is all that a caller without the admin key gets', async () => {
    const reply = await fetch(await started(map))
    expect(reply.status).toBe(200)
    expect(await reply.json()).toEqual({ ok: true, ts: expect.any(Number) })
  })

  test('is 200 at once even if database and store are down (R73)', async () => {
    const silent = await faultyMysql('never greets')
    cleanups.push(silent.close)
    const url = await started({ MYSQL_DSN: silent.dsn, USAGE_STORE: 'mysql' })
    expect((await fetch(url)).status).toBe(200)
    expect(silent.connections()).toBe(0)
  })

  test('is a 401 without detail for a wrong key (R73)', async () => {
    const reply = await fetch(await started(map), { headers: { 'x-gateway-key': 'wrong-key-0123456789' } })
    expect(reply.status).toBe(401)
    expect(await reply.text()).not.toContain('config')
  })
})

describe('the detail', () => {
  test('has versions, ages, uptime and the store with its undelivered records, and calls no provider (R73)', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'health-'))
    const provider = await scriptedProvider(() => ({}))
    cleanups.push(() => rm(folder, { recursive: true }), provider.close)
    const path = join(folder, 'usage.jsonl')
    const store = fileStore(path)
    await store.insert([makeRow('1', 'pending')])
    await store.insert([makeRow('2', 'pending')])
    await store.insert([makeRow('3', 'sent')])
    const url = await started({
      MODEL_PROVIDER_MAP: JSON.stringify({ m: { api_base: `${provider.url}/v1` } }),
      ALLOW_PRIVATE_UPSTREAMS: 'true',
      USAGE_STORE: 'file',
      USAGE_FILE: path,
    })
    const before = await getDetail(url)
    expect(before).toMatchObject({ ok: true, status: 'ok', problems: [], version: manifest.version })
    expect(before.uptime_seconds).toBeGreaterThanOrEqual(0)
    expect(before.config).toMatchObject({ source: 'local', models: 1, stale: false, last_error: null })
    expect(before.usage).toEqual({ store: 'file', reachable: true, undelivered: 2, dead: 0 })
    await store.insert([makeRow('4', 'dead')])
    const after = await getDetail(url)
    expect(after).toMatchObject({ status: 'degraded', usage: { undelivered: 2, dead: 1 } })
    expect(after.problems).toEqual([expect.stringContaining('1 records')])
    expect(provider.connections()).toBe(0)
  })

  test('reports that usage is not stored if there is no store', async () => {
    expect((await getDetail(await started(map))).usage).toEqual({
      store: 'none',
      reachable: null,
      undelivered: null,
      dead: null,
    })
  })

  test('is degraded if a price cannot be read', async () => {
    const { status, problems } = await getDetail(await started({ ...map, POINTS_PER_1K_TOKENS: '0,5' }))
    expect(status).toBe('degraded')
    expect(problems).toEqual([expect.stringContaining('POINTS_PER_1K_TOKENS must be a decimal number')])
  })

  test('is degraded if the store cannot be built, or no model can be used', async () => {
    const { status, problems, usage } = await getDetail(await started({ USAGE_STORE: 'mysql' }))
    expect(usage).toMatchObject({ store: 'refused', reachable: false })
    expect(status).toBe('degraded')
    expect(problems).toEqual(['No model can be used.', 'The usage store cannot be read.'])
  })

  test.each(['never greets', 'never answers', 'refuses the login'] as const)(
    'is degraded, with status 200 and the local map, if the database %s',
    async (fault) => {
      const server = await faultyMysql(fault)
      cleanups.push(server.close)
      const url = await started({ MYSQL_DSN: server.dsn, USAGE_STORE: 'mysql', ...map })
      const detail = await getDetail(url)
      expect(server.connections()).toBeGreaterThan(0)
      expect(detail).toMatchObject({ ok: true, status: 'degraded', usage: { store: 'mysql', reachable: false } })
      expect(detail.config.stale).toBe(true)
      expect(JSON.stringify(detail)).not.toMatch(/secret|127\.0\.0\.1/)
    },
  )
})

describe('the detail of a collection', () => {
  test('counts the undelivered and dead records', async () => {
    const database = await cloudbaseDatabase()
    cleanups.push(database.close)
    const store = collectionStoreOn(database)
    await store.insert([makeRow('1', 'pending')])
    await store.insert([makeRow('2', 'dead')])
    const url = await started({
      ...map,
      USAGE_STORE: 'collection',
      USAGE_COLLECTION: 'usage',
      CLOUDBASE_ENV_ID: 'test-env',
      TENCENTCLOUD_SECRETID: standInCredentials.secretId,
      TENCENTCLOUD_SECRETKEY: standInCredentials.secretKey,
    })
    expect((await getDetail(url)).usage).toEqual({ store: 'collection', reachable: true, undelivered: 1, dead: 1 })
  })
})

describeWithDatabase('the targets of models', () => {
  const map = {
    chat: {
      api_base: 'https://a.example.com/v1',
      api_key_env: 'A_API_KEY,B_API_KEY,GONE_API_KEY',
      fallbacks: ['spare'],
    },
    spare: { api_base: 'https://b.example.com/v1', api_key: 'sk-own-key', max_concurrency: 3, fallbacks: ['nobody'] },
    plain: { api_base: 'https://c.example.com/v1' },
  }
  const keys = { A_API_KEY: 'key-of-a', B_API_KEY: 'key-of-b', MODEL_PROVIDER_MAP: JSON.stringify(map) }

  test('are shown with their rests and why, without keys and addresses', async () => {
    const variables = {
      ...keys,
      USAGE_STORE: 'mysql',
      MYSQL_DSN: (await testDatabase()).dsn,
      REMOTE_CONFIG_SOURCE: 'none',
    }
    const config = readConfig({ DISABLE_AUTH: 'true', LOG_LEVEL: 'error', ...variables })
    const [, second] = (await createRegistry(config.models).current()).route('chat').targets
    const id = getTargetId(second as Target)
    const { addRest } = createTargetLimits(config, () => undefined)
    await addRest({ id, reason: 'quota', isTold: false, until: Date.now() + 600_000 })
    const url = await started(variables)
    const { targets, problems } = await getDetail(url)
    expect(targets.rests).toBe('store')
    expect(targets.models.map(({ model }) => model)).toEqual(['chat', 'spare'])
    expect(targets.models[0]?.targets).toEqual([
      {
        target: 'chat/A_API_KEY',
        provider: 'openai',
        upstream_model: 'chat',
        tier: 0,
        weight: 1,
        max_concurrency: null,
        rest: null,
      },
      expect.objectContaining({ target: 'chat/B_API_KEY', rest: { reason: 'quota', seconds: expect.any(Number) } }),
      expect.objectContaining({ target: 'spare', tier: 1, max_concurrency: 3 }),
    ])
    expect(problems).toEqual([
      "The model 'chat': Its key is not set. Set the environment variable GONE_API_KEY.",
      "The model 'chat': Its fallback 'nobody' is no model that can be used. Correct the name, or its entry.",
      "The model 'spare': Its fallback 'nobody' is no model that can be used. Correct the name, or its entry.",
    ])
    expect(JSON.stringify({ targets, problems })).not.toMatch(/key-of|sk-own|example/)
  })

  test('are a problem if all of one model rest', async () => {
    const variables = {
      ...keys,
      USAGE_STORE: 'mysql',
      MYSQL_DSN: (await testDatabase()).dsn,
      REMOTE_CONFIG_SOURCE: 'none',
    }
    const config = readConfig({ DISABLE_AUTH: 'true', LOG_LEVEL: 'error', ...variables })
    const { addRest } = createTargetLimits(config, () => undefined)
    for (const target of (await createRegistry(config.models).current()).route('spare').targets)
      await addRest({ id: getTargetId(target), reason: 'key', isTold: false, until: Date.now() + 600_000 })
    expect((await getDetail(await started(variables))).problems).toContain("All targets of the model 'spare' rest.")
  })

  test('have no known rests if the functions share no store', async () => {
    expect((await getDetail(await started(keys))).targets).toMatchObject({
      rests: 'none',
      models: [{ model: 'chat' }, {}],
    })
  })
})
