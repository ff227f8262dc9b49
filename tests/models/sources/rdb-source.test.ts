import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { type RdbApi, rdbApi } from '../../../testing/stand-ins/rdb-api.ts'
import { createInstance, type Instance } from '../../support/create-instance.ts'

const table = 'llm_gateway_model_map'
const row = (model_name: string, rest: object = {}) => ({
  ...{ id: 1, model_name, provider: 'glm', api_base: 'https://a.example', api_key_env: '', enabled: 1, _openid: '' },
  ...{ updated_at: '2026-01-01 00:00:00', ...rest },
})

let api: RdbApi
const silence = process.env['SILENCE']
const platform = process.env['TENCENTCLOUD']
beforeEach(async () => {
  process.env['SILENCE'] = 'true'
  process.env['TENCENTCLOUD'] = 'true'
  api = await rdbApi()
  api.tables.set(table, [row('b'), row('a'), row('off', { enabled: 0 }), row('on', { enabled: true })])
  api.tables.set('llm_gateway_state', [])
})
afterEach(async () => {
  for (const [name, value] of Object.entries({ SILENCE: silence, TENCENTCLOUD: platform })) {
    if (value === undefined) delete process.env[name]
    else process.env[name] = value
  }
  await api.close()
})

const instance = (environment: Record<string, string> = {}): Instance =>
  createInstance({
    ...{ REMOTE_CONFIG_SOURCE: 'rdb', CLOUDBASE_ENV_ID: 'env-1', CLOUDBASE_APIKEY: 'the-api-key' },
    ...environment,
  })
const names = async (of: Instance): Promise<readonly string[]> => (await of.current()).models

describe('the table over HTTPS', () => {
  test('is read with the API key, in the database of the environment', async () => {
    const models = instance()
    expect(await names(models)).toEqual(['a', 'b', 'on'])
    expect(models.status().snapshot?.source).toBe('rdb')
    for (const { path, headers } of api.requests) {
      expect(path).toMatch(/^\/v1\/rdb\/rest\/llm_gateway_/)
      expect(headers).toMatchObject({ authorization: 'Bearer the-api-key', 'accept-profile': 'env-1' })
    }
  })

  test('may be in another database', async () => {
    await names(instance({ REMOTE_CONFIG_TABLE: `tcb.${table}` }))
    expect(api.requests.every(({ headers }) => headers['accept-profile'] === 'tcb')).toBe(true)
  })

  test('is what decides even where a database is named for something else', async () => {
    expect(await names(instance({ MYSQL_DSN: 'mysql://u:p@127.0.0.1:1/d' }))).toEqual(['a', 'b', 'on'])
  })

  test('is the source of no light query more than one a TTL', async () => {
    const models = instance()
    await names(models)
    const before = api.requests.length
    for (let second = 0; second < 30; second += 1) {
      models.pass(1)
      await Promise.all([models.current(), models.current(), models.current()])
    }
    expect(api.requests.length - before).toBe(3)
  })

  test('reaches every instance by a reload of one', async () => {
    const [one, other] = [instance(), instance()]
    await names(one)
    await names(other)
    api.tables.get(table)?.push(row('c'))
    expect(await one.reload({ force: false })).toMatchObject({ lastError: null })
    other.pass(10)
    expect(await names(other)).toEqual(['a', 'b', 'c', 'on'])
    expect(api.tables.get('llm_gateway_state')).toEqual([{ name: table, version: one.status().snapshot?.version }])
    await one.reload({ force: false })
    expect(api.tables.get('llm_gateway_state')).toHaveLength(1)
  })

  test('shows an edit by itself where there is no table of versions', async () => {
    api.tables.delete('llm_gateway_state')
    const models = instance()
    await names(models)
    api.tables.get(table)?.push(row('c', { updated_at: '2026-01-02 00:00:00' }))
    models.pass(10)
    expect(await names(models)).toEqual(['a', 'b', 'c', 'on'])
  })

  test.each([true, false])('is read whole when the API cuts answers short (counts: %s)', async (counts) => {
    Object.assign(api, { counts, maxRows: 7 })
    api.tables.set(
      table,
      Array.from({ length: 25 }, (_, index) => row(`m${index + 10}`)),
    )
    expect(await names(instance())).toHaveLength(25)
  })

  test('that comes in part only is not taken', async () => {
    const models = instance()
    await names(models)
    Object.assign(api, { maxRows: 0 })
    expect(await models.reload({ force: true })).toMatchObject({
      lastError: expect.stringContaining('a part of the table'),
    })
    expect(await names(models)).toEqual(['a', 'b', 'on'])
  })
})

describe('the API', () => {
  test.each([
    [{ status: 401, body: '{"code":"INVALID_ACCESS_TOKEN","message":"secret detail"}' }, /refuses the key/],
    [{ status: 403, body: '{"code":"42501","message":"secret detail"}' }, /refuses the key/],
    [{ status: 500, body: '{"code":"XX000","message":"secret detail"}' }, /status 500/],
    [{ status: 502, body: '<html>secret detail</html>' }, /status 502|cannot be reached/],
    ['dropped', /cannot be reached/],
  ] as const)('in trouble (%j) leaves the local map and says what to do', async (trouble, help) => {
    api.fault = trouble
    const models = instance({ MODEL_PROVIDER_MAP: '{"local": {"api_base": "https://a.example"}}' })
    expect(await names(models)).toEqual(['local'])
    expect(models.status().lastError).toMatch(help)
    expect(JSON.stringify(models.lines)).not.toMatch(/secret detail|the-api-key/)
    api.fault = undefined
    models.pass(10)
    expect(await names(models)).toEqual(['a', 'b', 'on'])
    expect(models.status().lastError).toBeNull()
  })

  test('without the table says which file makes it', async () => {
    api.tables.delete(table)
    const models = instance()
    await expect(models.current()).rejects.toMatchObject({ status: 503 })
    expect(models.status().lastError).toMatch(/scripts\/sql\/model-map\.sql/)
  })
})
