import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import type { RequestListener } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { afterAll, afterEach, expect, test } from '@jest/globals'
import { builtGateway } from '../../testing/servers/built-gateway.ts'
import { loopbackServer } from '../../testing/servers/loopback-server.ts'
import { type StartedFunction, startFunction } from '../../testing/servers/start-function.ts'
import { testDatabase } from '../../testing/servers/test-database.ts'
import { startCloudBaseAuth } from '../../testing/stand-ins/cloudbase-auth.ts'
import { cloudbaseDatabase } from '../../testing/stand-ins/cloudbase-database.ts'
import { describeWithDatabase } from '../support/describe-with-database.ts'

const folder = mkdtempSync(join(tmpdir(), 'failed-loads-'))
const hook = join(folder, 'hook.cjs')

/** Runs in the function's process before the function. The first load of the file that `FAILING_FILE` names throws, as
 *  with no file descriptor left. Requests over https go to `HTTPS_TARGET`, if it is set. */
writeFileSync(
  hook,
  `const Module = require('node:module')
const { basename } = require('node:path')
const load = Module._load
let failures = 0
Module._load = function (request, ...rest) {
  if (basename(request) !== process.env.FAILING_FILE || failures > 0) return load.call(this, request, ...rest)
  failures += 1
  console.error('failed to load ' + basename(request))
  throw Object.assign(new Error('too many open files'), { code: 'EMFILE' })
}
if (process.env.HTTPS_TARGET) {
  const { request } = require('node:http')
  require('node:https').request = (url, { agent, ...options }, listener) =>
    request(new URL(new URL(url).pathname, process.env.HTTPS_TARGET), options, listener)
}
`,
)

const cleanups: (() => Promise<void>)[] = []

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
})
afterAll(() => rmSync(folder, { recursive: true }))

/** The variables that let the first load of a file fail. */
const failFirstLoad = (file: string) => ({ NODE_OPTIONS: `--require=${hook}`, FAILING_FILE: file })

/** Proves that the load did fail: a file of another name would fail nothing. */
const expectFailedLoad = ({ output }: StartedFunction, file: string): void =>
  expect(output().split(`failed to load ${file}`)).toHaveLength(2)

const start = async (name: string, environment: Record<string, string>): Promise<StartedFunction> => {
  const built = await startFunction(name, environment)
  cleanups.push(built.stop)
  return built
}

const completion = JSON.stringify({
  object: 'chat.completion',
  choices: [{ index: 0, message: { role: 'assistant', content: 'hi' }, finish_reason: 'stop' }],
  usage: { prompt_tokens: 1, completion_tokens: 2, total_tokens: 3 },
})

const startChat = async (environment: Record<string, string>) => {
  const gateway = await builtGateway({ answer: () => ({ body: [completion] }), environment })
  cleanups.push(gateway.close)
  return gateway
}

test.each(['usage-store-collection-store.js', 'drivers-cloudbase.js', 'cloudbase-node-sdk.js'])(
  'keeps records in the collection after a failed load of %s',
  async (file) => {
    const database = await cloudbaseDatabase()
    cleanups.push(database.close)
    const { call, built } = await startChat({
      ...failFirstLoad(file),
      USAGE_STORE: 'collection',
      CLOUDBASE_ENV_ID: 'env-1',
      TENCENTCLOUD: 'true',
      TENCENTCLOUD_SECRETID: 'id-of-a-test',
      TENCENTCLOUD_SECRETKEY: 'key-of-a-test',
      TCB_CONTEXT_CNFG: JSON.stringify({ URL: database.url }),
    })
    await (await call({})).text()
    expectFailedLoad(built, file)
    const reply = await call({})
    expect(reply.status).toBe(200)
    const id = reply.headers.get('x-request-id')
    expect(database.documents('llm_gateway_usage')).toContainEqual(expect.objectContaining({ _id: id, state: 'final' }))
  },
)

describeWithDatabase('a function with MySQL', () => {
  test.each(['usage-store-mysql-mysql-store.js', 'drivers-mysql-pool.js', 'mysql2-promise.js'])(
    'keeps records in the table after a failed load of %s',
    async (file) => {
      const { dsn, query } = await testDatabase()
      const variables = { USAGE_STORE: 'mysql', MYSQL_DSN: dsn, REMOTE_CONFIG_SOURCE: 'none' }
      const { call, built } = await startChat({ ...failFirstLoad(file), ...variables })
      await (await call({})).text()
      expectFailedLoad(built, file)
      const reply = await call({})
      expect(reply.status).toBe(200)
      const sql = 'SELECT state FROM llm_gateway_usage WHERE id = ?'
      expect(await query(sql, [reply.headers.get('x-request-id')])).toEqual([{ state: 'final' }])
    },
  )

  test.each(['gateway-config-mysql-map.js', 'drivers-mysql-pool.js', 'mysql2-promise.js'])(
    'reads the model map after a failed load of %s',
    async (file) => {
      const { dsn, query } = await testDatabase()
      await query('CREATE TABLE llm_gateway_model_map (model_name VARCHAR(128), api_base VARCHAR(255))')
      await query("INSERT INTO llm_gateway_model_map VALUES ('from-mysql', 'https://a.example.com')")
      await expectReload(file, { MYSQL_DSN: dsn })
    },
  )
})

const adminKey = 'an-admin-key-of-some-length'
const adminHeaders = { 'x-gateway-key': adminKey }

/** Expects the first reload to fail because of a failed load, and the second to read the one model of the source. */
const expectReload = async (file: string, environment: Record<string, string>): Promise<void> => {
  const variables = { GATEWAY_ADMIN_KEY: adminKey, MODEL_PROVIDER_MAP_FILE: '', MODEL_LIST_FILE: '' }
  const built = await start('llm-admin-reload', { ...failFirstLoad(file), ...variables, ...environment })
  const reload = () => fetch(`${built.url}/admin/reload`, { method: 'POST', headers: adminHeaders })
  expect((await reload()).status).toBe(503)
  expectFailedLoad(built, file)
  const reply = await reload()
  expect(await reply.json()).toMatchObject({ ok: true, data: { models: 1, stale: false } })
}

/** CloudBase's SQL API with one row in each table. */
const oneRow: RequestListener = (_, response) => {
  const row = { model_name: 'from-rdb', api_base: 'https://a.example.com', version: '1' }
  response.writeHead(200, { 'content-type': 'application/json', 'content-range': '0-0/1' }).end(JSON.stringify([row]))
}

test.each(['models-sources-rdb-source.js', 'drivers-cloudbase.js', 'cloudbase-node-sdk.js'])(
  'reads the model map over HTTPS after a failed load of %s',
  async (file) => {
    const api = await loopbackServer(oneRow)
    cleanups.push(api.close)
    await expectReload(file, {
      REMOTE_CONFIG_SOURCE: 'rdb',
      CLOUDBASE_ENV_ID: 'env-1',
      CLOUDBASE_APIKEY: 'the-api-key',
      TENCENTCLOUD: 'true',
      HTTPS_TARGET: api.url,
    })
  },
)

test.each(['drivers-cloudbase.js', 'cloudbase-node-sdk.js'])(
  'looks accounts up with the SDK after a failed load of %s',
  async (file) => {
    const auth = await startCloudBaseAuth()
    cleanups.push(auth.close)
    auth.faults['user/me'] = 'error'
    auth.lookup.statesStatus = true
    const built = await start('llm-models', {
      ...failFirstLoad(file),
      ...auth.recommendedEnvironment,
      MODEL_PROVIDER_MAP: '{"m": {"api_base": "https://a.example.com"}}',
    })
    const listModels = async (sub: string): Promise<number> => {
      const headers = { authorization: `Bearer ${auth.token({ claims: { sub } })}` }
      return (await fetch(`${built.url}/v1/models`, { headers })).status
    }
    expect(await listModels('1900000000000000001')).toBe(503)
    expectFailedLoad(built, file)
    expect(auth.calls).toMatchObject({ admin: 0, 'user/me': 1 })
    expect(await listModels('1900000000000000002')).toBe(200)
    expect(auth.calls).toMatchObject({ admin: 1, 'user/me': 2 })
  },
)

test('serves callers after a failed load of gateway-stores-with-keys.js', async () => {
  const file = 'gateway-stores-with-keys.js'
  const variables = { KEYS: 'on', USAGE_STORE: 'file', USAGE_FILE: join(folder, 'usage.jsonl') }
  const { call, built } = await startChat({ ...failFirstLoad(file), ...variables })
  expect((await call({})).status).toBe(200)
  expectFailedLoad(built, file)
})

test.each(['auth-admin-key.js', 'gateway-health-health-detail.js'])(
  'gives the administrator the detail of health after a failed load of %s',
  async (file) => {
    const built = await start('llm-health', { ...failFirstLoad(file), GATEWAY_ADMIN_KEY: adminKey })
    const getHealth = () => fetch(`${built.url}/health`, { headers: adminHeaders })
    expect((await getHealth()).status).toBe(500)
    expectFailedLoad(built, file)
    const reply = await getHealth()
    expect(await reply.json()).toMatchObject({ ok: true, usage: { store: 'none' } })
  },
)

test('logs the next line after a failed load of gateway-config-logging.js', async () => {
  const file = 'gateway-config-logging.js'
  const built = await start('llm-health', failFirstLoad(file))
  const getHealth = async () => (await fetch(`${built.url}/health`)).headers.get('x-request-id')
  await getHealth()
  for (let tries = 0; tries < 100 && !built.output().includes(file); tries++) await wait(20)
  expectFailedLoad(built, file)
  const id = await getHealth()
  for (let tries = 0; tries < 100 && built.log.length === 0; tries++) await wait(20)
  expect(built.log.map((line) => JSON.parse(line))).toEqual([
    expect.objectContaining({ event: 'request', request_id: id }),
  ])
})
