import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals'
import { type LoopbackServer, loopbackServer } from '../../testing/servers/loopback-server.ts'
import { type StartedFunction, startFunction } from '../../testing/servers/start-function.ts'
import { type TestDatabase, testDatabase } from '../../testing/servers/test-database.ts'
import { describeWithDatabase } from '../support/describe-with-database.ts'
import { insertRows } from '../support/insert-rows.ts'

const adminKey = 'an-admin-key-of-some-length'
const table = 'llm_gateway_model_map'

let database: TestDatabase
let environment: Record<string, string>
let provider: LoopbackServer
let keysSent: (string | undefined)[] = []
const started = new Map<string, StartedFunction>()

const getUrl = (name: string): string => (started.get(name) as StartedFunction).url
const reload = (body = ''): Promise<Response> =>
  fetch(`${getUrl('llm-admin-reload')}/admin/reload`, { method: 'POST', headers: { 'x-gateway-key': adminKey }, body })
const chat = (model: string): Promise<Response> =>
  fetch(`${getUrl('llm-chat-completions')}/v1/chat/completions`, {
    method: 'POST',
    body: JSON.stringify({ model, messages: [{ role: 'user', content: '你好' }] }),
  })
const listModels = async (): Promise<string[]> => {
  const reply = await fetch(`${getUrl('llm-models')}/v1/models`)
  return ((await reply.json()) as { data: { id: string }[] }).data.map(({ id }) => id)
}

/** Polls until a function returns the expected value. The TTL is one second; a busy machine may need longer. */
const waitFor = async (read: () => Promise<unknown>, expected: unknown): Promise<void> => {
  for (let polls = 0; polls < 200; polls += 1) {
    if (JSON.stringify(await read()) === JSON.stringify(expected)) return
    await wait(50)
  }
  expect(await read()).toEqual(expected)
}

/** Invokes the built Event function in a new process, which must end by itself. */
const configReload = async (event: object, identity: Record<string, string> = {}): Promise<Record<string, unknown>> => {
  const script = `require('./index.js').main(${JSON.stringify(event)}, {}).then((r) => console.log('>' + JSON.stringify(r)))`
  const cwd = resolve('dist/functions/llm-config-reload')
  const child = spawn(process.execPath, ['-e', script], { cwd, env: { ...environment, ...identity } })
  let output = ''
  child.stdout.on('data', (text: Buffer) => (output += text.toString()))
  await once(child, 'close')
  return JSON.parse(output.split('\n>').at(-1)?.replace(/^>/, '') ?? '') as Record<string, unknown>
}

describeWithDatabase('the model map of running functions', () => {
  beforeAll(async () => {
    database = await testDatabase()
    for (const file of ['model-map', 'state']) await database.query(readFileSync(`scripts/sql/${file}.sql`, 'utf8'))
    provider = await loopbackServer((request, response) => {
      keysSent.push(request.headers.authorization)
      request.resume()
      const message = { role: 'assistant', content: '好' }
      const answer = { id: 'a', object: 'chat.completion', created: 1, model: 'm', choices: [{ index: 0, message }] }
      response.setHeader('content-type', 'application/json').end(JSON.stringify(answer))
    })
    environment = {
      DISABLE_AUTH: 'true',
      ALLOW_PRIVATE_UPSTREAMS: 'true',
      GATEWAY_ADMIN_KEY: adminKey,
      MYSQL_DSN: database.dsn,
      MYSQL_PASSWORD: 'the-database-password',
      TENCENTCLOUD_SECRETKEY: 'the-platform-secret',
      CONFIG_TTL: '1',
      A_API_KEY: 'key-of-a',
    }
    await insertRows(database, [{ model_name: 'a', api_base: `${provider.url}/v1` }])
    for (const name of ['llm-models', 'llm-chat-completions', 'llm-admin-reload', 'llm-health'])
      started.set(name, await startFunction(name, environment))
  }, 60_000)

  beforeEach(async () => {
    await database.query(`DELETE FROM ${table} WHERE model_name <> 'a'`)
    await reload()
    await waitFor(listModels, ['a'])
    await waitFor(async () => (await chat('a')).status, 200)
    keysSent = []
  })

  afterAll(async () => {
    for (const { stop } of started.values()) await stop()
    await provider.close()
  })

  test('changes in every process after the reload of one process (R26)', async () => {
    await insertRows(database, [{ model_name: 'b', api_base: `${provider.url}/v1` }])
    expect((await chat('b')).status).toBe(404)
    const reply = await reload()
    expect(reply.status).toBe(200)
    expect(await reply.json()).toEqual({
      ok: true,
      data: {
        source: 'mysql',
        last_loaded_at: expect.any(Number),
        last_error: null,
        models: 2,
        version: expect.stringMatching(/^[0-9a-f]{12}$/),
        rejected: [],
        problems: [],
        unknown_fields: [],
        stale: false,
      },
    })
    await waitFor(listModels, ['a', 'b'])
    await waitFor(async () => (await chat('b')).status, 200)
    expect(keysSent.at(-1)).toBe('Bearer key-of-a')
  })

  test('serves 100 chats at a time during 50 reloads without a failure (R26)', async () => {
    let reloading = true
    const statuses = new Map<number, number>()
    const chats = Array.from({ length: 100 }, async () => {
      while (reloading) {
        const reply = await chat('a')
        await reply.arrayBuffer()
        statuses.set(reply.status, (statuses.get(reply.status) ?? 0) + 1)
      }
    })
    try {
      for (let turn = 0; turn < 50; turn += 1) {
        await database.query(`UPDATE ${table} SET provider = ? WHERE model_name = 'a'`, [turn % 2 ? 'openai' : 'glm'])
        expect((await reload()).status).toBe(200)
      }
    } finally {
      reloading = false
    }
    await Promise.all(chats)
    expect([...statuses.keys()]).toEqual([200])
    expect(statuses.get(200)).toBeGreaterThan(100)
  }, 240_000)

  test('reports invalid rows in the reply to a reload, and sends no request for them', async () => {
    const secrets = ['MYSQL_PASSWORD', 'GATEWAY_ADMIN_KEY', 'TENCENTCLOUD_SECRETKEY']
    await insertRows(
      database,
      secrets.map((api_key_env) => ({ model_name: `bad-${api_key_env}`, api_base: `${provider.url}/v1`, api_key_env })),
    )
    const { data } = (await (await reload()).json()) as { data: { rejected: { model: string }[] } }
    expect(data.rejected.map(({ model }) => model).sort()).toEqual(secrets.map((name) => `bad-${name}`).sort())
    await waitFor(async () => (await chat('bad-MYSQL_PASSWORD')).status, 503)
    for (const name of secrets) expect((await chat(`bad-${name}`)).status).toBe(503)
    expect(keysSent).toEqual([])
  })

  test('keeps the old map and replies with 409 if the table is empty, unless forced', async () => {
    await database.query(`UPDATE ${table} SET enabled = 0`)
    const reply = await reload()
    expect(reply.status).toBe(409)
    expect(await reply.json()).toMatchObject({
      ok: false,
      data: { models: 1, stale: true, last_error: expect.stringContaining('no row that is enabled') },
      error: { code: 'gateway_misconfigured' },
    })
    await wait(1_100)
    expect(await listModels()).toEqual(['a'])
    expect((await reload('{"force": true}')).status).toBe(200)
    await waitFor(listModels, [])
    await database.query(`UPDATE ${table} SET enabled = 1`)
  })

  test('keeps the old map and replies with 503 if the source cannot be read', async () => {
    await database.query(`RENAME TABLE ${table} TO elsewhere`)
    const reply = await reload()
    await database.query(`RENAME TABLE elsewhere TO ${table}`)
    expect(reply.status).toBe(503)
    expect(await reply.json()).toMatchObject({
      ok: false,
      data: { source: 'mysql', models: 1, stale: true, last_error: expect.stringContaining('does not exist') },
      error: { code: 'config_unavailable' },
      requestId: expect.any(String),
    })
    expect((await chat('a')).status).toBe(200)
  })

  test.each(['{', '[]', '"force"'])('rejects a reload with a body that is not a JSON object: %s', async (body) => {
    expect((await reload(body)).status).toBe(400)
  })

  test('reloads for the console and for a timer', async () => {
    await insertRows(database, [{ model_name: 'b', api_base: `${provider.url}/v1` }])
    const timer = { Type: 'Timer', TriggerName: 'every-5-minutes', Time: '2026-01-01T00:00:00Z', Message: '' }
    expect(await configReload(timer)).toMatchObject({ ok: true, data: { source: 'mysql', models: 2 } })
    await waitFor(listModels, ['a', 'b'])
    expect(await configReload({ key1: 'test value 1' })).toMatchObject({ ok: true })
  })

  test.each([
    [{ userInfo: { openId: 'o', appId: 'a' } }, {}],
    [{}, { TCB_UUID: 'u' }],
    [{}, { WX_OPENID: 'o' }],
    [{}, { TCB_CUSTOM_USER_ID: 'c' }],
    [{}, { TCB_ISANONYMOUS_USER: 'true' }],
  ])('rejects a reload for a user of the app: %j %j', async (event, identity: Record<string, string>) => {
    expect(await configReload(event, identity)).toMatchObject({ ok: false, code: 'PERMISSION_DENIED' })
  })

  test('appears in /health only with the admin key', async () => {
    const url = `${getUrl('llm-health')}/health`
    expect(await (await fetch(url)).json()).toEqual({ ok: true, ts: expect.any(Number) })
    expect((await fetch(url, { headers: { 'x-gateway-key': 'wrong' } })).status).toBe(401)
    const { data } = (await (await reload()).json()) as { data: { version: string } }
    const detail = async (): Promise<unknown> =>
      (await fetch(url, { headers: { 'x-gateway-key': adminKey } }))
        .json()
        .then((body) => (body as { config: object }).config)
    await waitFor(async () => ((await detail()) as { version: string }).version, data.version)
    expect(await detail()).toEqual({
      source: 'mysql',
      version: data.version,
      models: 1,
      age_seconds: expect.any(Number),
      stale: false,
      last_error: null,
    })
  })
})
