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
const getNames = async (models: Instance): Promise<readonly string[]> => (await models.current()).models

describe('the source rdb', () => {
  test('reads the table with the API key, in the database of the environment', async () => {
    const models = instance()
    expect(await getNames(models)).toEqual(['a', 'b', 'on'])
    expect(models.status().snapshot?.source).toBe('rdb')
    for (const { path, headers } of api.requests) {
      expect(path).toMatch(/^\/v1\/rdb\/rest\/llm_gateway_/)
      expect(headers).toMatchObject({ authorization: 'Bearer the-api-key', 'accept-profile': 'env-1' })
    }
  })

  test('reads a table in another database', async () => {
    await getNames(instance({ REMOTE_CONFIG_TABLE: `tcb.${table}` }))
    expect(api.requests.every(({ headers }) => headers['accept-profile'] === 'tcb')).toBe(true)
  })

  test('is used even if MYSQL_DSN names a database for something else', async () => {
    expect(await getNames(instance({ MYSQL_DSN: 'mysql://u:p@127.0.0.1:1/d' }))).toEqual(['a', 'b', 'on'])
  })

  test('sends at most one light query per TTL', async () => {
    const models = instance()
    await getNames(models)
    const before = api.requests.length
    for (let second = 0; second < 30; second += 1) {
      models.pass(1)
      await Promise.all([models.current(), models.current(), models.current()])
    }
    expect(api.requests.length - before).toBe(3)
  })

  test('gives every instance the map that one of them has reloaded', async () => {
    const [one, other] = [instance(), instance()]
    await getNames(one)
    await getNames(other)
    api.tables.get(table)?.push(row('c'))
    expect(await one.reload({ force: false })).toMatchObject({ lastError: null })
    other.pass(10)
    expect(await getNames(other)).toEqual(['a', 'b', 'c', 'on'])
    expect(api.tables.get('llm_gateway_state')).toEqual([{ name: table, version: one.status().snapshot?.version }])
    await one.reload({ force: false })
    expect(api.tables.get('llm_gateway_state')).toHaveLength(1)
  })

  test('notices an edit without a reload if there is no table of versions', async () => {
    api.tables.delete('llm_gateway_state')
    const models = instance()
    await getNames(models)
    api.tables.get(table)?.push(row('c', { updated_at: '2026-01-02 00:00:00' }))
    models.pass(10)
    expect(await getNames(models)).toEqual(['a', 'b', 'c', 'on'])
  })

  test.each([true, false])('reads the whole table when the API cuts its results (counts: %s)', async (counts) => {
    api.counts = counts
    api.maxRows = 7
    api.tables.set(
      table,
      Array.from({ length: 25 }, (_, index) => row(`m${index + 10}`)),
    )
    expect(await getNames(instance())).toHaveLength(25)
  })

  test('rejects a table of which it gets only a part', async () => {
    const models = instance()
    await getNames(models)
    api.maxRows = 0
    expect(await models.reload({ force: true })).toMatchObject({
      lastError: expect.stringContaining('a part of the table'),
    })
    expect(await getNames(models)).toEqual(['a', 'b', 'on'])
  })
})

describe('the API of the source rdb', () => {
  test.each([
    [{ status: 401, body: '{"code":"INVALID_ACCESS_TOKEN","message":"secret detail"}' }, /refuses the key/],
    [{ status: 403, body: '{"code":"42501","message":"secret detail"}' }, /refuses the key/],
    [{ status: 500, body: '{"code":"XX000","message":"secret detail"}' }, /status 500/],
    [{ status: 502, body: '<html>secret detail</html>' }, /status 502|cannot be reached/],
    ['dropped', /cannot be reached/],
  ] as const)(
    'leaves the local map in use when it fails (%j), and the error names the remedy',
    async (trouble, help) => {
      api.fault = trouble
      const models = instance({ MODEL_PROVIDER_MAP: '{"local": {"api_base": "https://a.example"}}' })
      expect(await getNames(models)).toEqual(['local'])
      expect(models.status().lastError).toMatch(help)
      expect(JSON.stringify(models.lines)).not.toMatch(/secret detail|the-api-key/)
      api.fault = undefined
      models.pass(10)
      expect(await getNames(models)).toEqual(['a', 'b', 'on'])
      expect(models.status().lastError).toBeNull()
    },
  )

  test('names the file that creates the table if it is missing', async () => {
    api.tables.delete(table)
    const models = instance()
    await expect(models.current()).rejects.toMatchObject({ status: 503 })
    expect(models.status().lastError).toMatch(/scripts\/sql\/model-map\.sql/)
  })
})
