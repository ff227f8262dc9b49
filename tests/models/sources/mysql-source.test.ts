import { readFileSync } from 'node:fs'
import { afterEach, beforeEach, expect, test } from '@jest/globals'
import { type TestDatabase, testDatabase } from '../../../testing/servers/test-database.ts'
import { createInstance, type Instance } from '../../support/create-instance.ts'
import { describeWithDatabase } from '../../support/describe-with-database.ts'
import { insertRows } from '../../support/insert-rows.ts'
import { seedTable } from '../../support/seed-table.ts'

const sql = (name: string): string => readFileSync(`scripts/sql/${name}.sql`, 'utf8')

let database: TestDatabase
const instance = (environment: Record<string, string> = {}): Instance =>
  createInstance({ MYSQL_DSN: database.dsn, A_API_KEY: 'key-of-a', ...environment })

const names = async (of: Instance): Promise<readonly string[]> => (await of.current()).models

beforeEach(async () => {
  database = await testDatabase()
})

describeWithDatabase('the original table, unchanged', () => {
  beforeEach(() => database.query(seedTable))

  test('is read: enabled rows only, ordered by name, the key from its variable', async () => {
    await insertRows(database, [
      { model_name: 'b' },
      { model_name: 'a', _openid: 'o' },
      { model_name: 'c', enabled: 0 },
    ])
    const models = instance()
    expect(await names(models)).toEqual(['a', 'b'])
    expect((await models.current()).route('a')).toMatchObject({
      apiBase: 'https://a.example.com/v1',
      apiKey: 'key-of-a',
    })
    expect(models.status()).toMatchObject({ lastError: null, snapshot: { source: 'mysql', unknownFields: [] } })
  })

  test('has nothing to do with MODEL_LIST: `enabled` decides', async () => {
    await insertRows(database, [{ model_name: 'a' }])
    expect(await names(instance({ MODEL_LIST: 'other' }))).toEqual(['a'])
  })

  test('is found by host, user and database as well, and under another name', async () => {
    await database.query('RENAME TABLE llm_gateway_model_map TO other')
    await insertRows(database, [{ model_name: 'a' }], 'other')
    const { hostname, port, username, password } = new URL(database.dsn)
    const models = instance({
      MYSQL_DSN: '',
      MYSQL_HOST: hostname,
      MYSQL_PORT: port,
      MYSQL_USER: username,
      MYSQL_PASSWORD: decodeURIComponent(password),
      MYSQL_DB: database.name,
      REMOTE_CONFIG_TABLE: `${database.name}.other`,
    })
    expect(await names(models)).toEqual(['a'])
  })

  test('shows an edit within the TTL where there is no table of versions, with one query a TTL', async () => {
    await insertRows(database, [{ model_name: 'a' }])
    const models = instance()
    expect(await names(models)).toEqual(['a'])
    await insertRows(database, [{ model_name: 'b' }])
    models.pass(9)
    expect(await names(models)).toEqual(['a'])
    models.pass(1)
    expect(await names(models)).toEqual(['a', 'b'])
    await database.query("UPDATE llm_gateway_model_map SET api_base = 'https://b.example.com' WHERE model_name = 'b'")
    models.pass(10)
    expect((await models.current()).route('b').apiBase).toBe('https://b.example.com')
  })
})

describeWithDatabase('a table as people make it', () => {
  test('of a thousand rows with one bad one serves all the others', async () => {
    await database.query(seedTable)
    const rows = Array.from({ length: 1_000 }, (_, index) => [
      `m${index}`,
      'openai',
      index === 500 ? 'nonsense' : 'https://a.example.com/v1',
      '',
    ])
    await database.query('INSERT INTO llm_gateway_model_map (model_name, provider, api_base, api_key_env) VALUES ?', [
      rows,
    ])
    const { models, rejected } = await instance().current()
    expect(models).toHaveLength(999)
    expect(rejected).toEqual([{ model: 'm500', reason: expect.stringContaining('not a URL') }])
  })

  test.each(['utf8mb4 COLLATE utf8mb4_bin', 'utf8mb4 COLLATE utf8mb4_unicode_ci', 'utf8mb3', 'gbk'])(
    'in %s keeps its names as they are',
    async (charset) => {
      await database.query(`${seedTable.replace(/;\s*$/, '')} CHARACTER SET ${charset}`)
      await insertRows(database, [{ model_name: '通义-千问' }, { model_name: 'GLM-4.5' }])
      expect([...(await names(instance()))].sort()).toEqual(['GLM-4.5', '通义-千问'])
    },
  )

  test.each(["BIT(1) NOT NULL DEFAULT b'1'", 'BOOLEAN', "ENUM('0', '1')", 'VARCHAR(5)', 'DECIMAL(1, 0)'])(
    'with enabled as %s is on at 1 and off at 0',
    async (type) => {
      await database.query(seedTable)
      await database.query(`ALTER TABLE llm_gateway_model_map MODIFY enabled ${type}`)
      const row = "'openai', 'https://a.example.com/v1', ''"
      const one = type.startsWith('BIT') ? "b'1'" : type === 'BOOLEAN' ? '1' : "'1'"
      await database.query(
        `INSERT INTO llm_gateway_model_map (model_name, provider, api_base, api_key_env, enabled)
         VALUES ('on', ${row}, ${one}), ('off', ${row}, ${one.replace('1', '0')})`,
      )
      expect(await names(instance())).toEqual(['on'])
    },
  )
})

describeWithDatabase('a database user with few rights', () => {
  const userFor = async (grants: string): Promise<string> => {
    await database.query(sql('model-map') + sql('state'))
    await insertRows(database, [{ model_name: 'a' }])
    const user = `u${database.name.slice(-20)}`
    await database.query(
      `CREATE USER '${user}'@'%' IDENTIFIED BY 'p@ss/w:rd%'; ${grants.replaceAll('USER', `'${user}'@'%'`)}`,
    )
    const { host } = new URL(database.dsn)
    return `mysql://${user}:${encodeURIComponent('p@ss/w:rd%')}@${host}/${database.name}`
  }

  afterEach(() => database.query(`DROP USER IF EXISTS 'u${database.name.slice(-20)}'@'%'`))

  test('may read the one table only: edits go live by themselves', async () => {
    const MYSQL_DSN = await userFor('GRANT SELECT ON llm_gateway_model_map TO USER')
    const models = instance({ MYSQL_DSN })
    expect(await names(models)).toEqual(['a'])
    expect((await models.reload({ force: false })).lastError).toBeNull()
    await insertRows(database, [{ model_name: 'b' }])
    models.pass(10)
    expect(await names(models)).toEqual(['a', 'b'])
  })

  test('may not publish: the reload says which right is missing, and its own process serves the new map', async () => {
    const MYSQL_DSN = await userFor(
      'GRANT SELECT ON llm_gateway_model_map TO USER; GRANT SELECT ON llm_gateway_state TO USER',
    )
    const models = instance({ MYSQL_DSN })
    expect((await models.reload({ force: false })).lastError).toMatch(/Grant SELECT .* INSERT, UPDATE/)
    expect(await names(models)).toEqual(['a'])
  })
})

describeWithDatabase('the SQL files', () => {
  test('bring the original table to the full one, and may run again', async () => {
    await database.query(seedTable)
    for (const file of ['model-map', 'model-map-columns', 'state', 'model-map', 'model-map-columns', 'state'])
      await database.query(sql(file))
    const columnsOf = async (of: TestDatabase): Promise<unknown[]> => {
      const rows = await of.query(
        "SELECT column_name AS name FROM information_schema.columns WHERE table_schema = DATABASE() AND table_name = 'llm_gateway_model_map' ORDER BY 1",
      )
      return rows.map((row) => row['name'])
    }
    const fresh = await testDatabase()
    await fresh.query(sql('model-map'))
    expect(await columnsOf(database)).toEqual(await columnsOf(fresh))
  })

  test('make columns that the gateway reads, every one', async () => {
    await database.query(sql('model-map'))
    await insertRows(database, [
      {
        model_name: 'a',
        provider: 'GLM',
        upstream_model: 'glm/a',
        completions_mode: 'chat',
        stream_usage: 'off',
        default_params: '{"temperature": 0.5}',
        drop_params: '["seed"]',
        max_tokens: 4096,
        input_price_per_1m: '0.8',
        output_price_per_1m: '2',
        cache_price_per_1m: '0.1',
      },
    ])
    const models = instance()
    expect((await models.current()).route('a')).toEqual({
      model: 'a',
      provider: 'glm',
      apiBase: 'https://a.example.com/v1',
      apiKey: 'key-of-a',
      upstreamModel: 'glm/a',
      completionsMode: 'chat',
      streamUsage: 'off',
      defaultParams: { temperature: 0.5 },
      dropParams: ['seed'],
      maxTokens: 4096,
      prices: { input: '0.8000', output: '2.0000', cache: '0.1000' },
    })
    expect(models.status().snapshot?.unknownFields).toEqual([])
  })

  test('leave room for columns of others, which are reported', async () => {
    await database.query(sql('model-map'))
    await database.query('ALTER TABLE llm_gateway_model_map ADD COLUMN colour VARCHAR(8), ADD COLUMN _note VARCHAR(8)')
    await insertRows(database, [{ model_name: 'a', colour: 'red' }])
    const models = instance()
    expect(await names(models)).toEqual(['a'])
    expect(models.status().snapshot?.unknownFields).toEqual(['colour'])
  })
})

describeWithDatabase('a reload', () => {
  beforeEach(async () => {
    await database.query(sql('model-map') + sql('state'))
    await insertRows(database, [{ model_name: 'a' }])
  })

  test('reaches every other instance within the TTL, and until then none', async () => {
    const [one, other] = [instance(), instance()]
    expect([await names(one), await names(other)]).toEqual([['a'], ['a']])
    await insertRows(database, [{ model_name: 'b' }])
    other.pass(10)
    expect(await names(other)).toEqual(['a'])
    expect(await one.reload({ force: false })).toMatchObject({ lastError: null, refused: false })
    expect(await names(one)).toEqual(['a', 'b'])
    other.pass(9)
    expect(await names(other)).toEqual(['a'])
    other.pass(1)
    expect(await names(other)).toEqual(['a', 'b'])
    expect(other.status().snapshot?.version).toBe(one.status().snapshot?.version)
    const [row] = await database.query('SELECT name, version FROM llm_gateway_state')
    expect(row).toEqual({ name: 'llm_gateway_model_map', version: one.status().snapshot?.version })
  })

  test('of the same content leaves the snapshots of others alone', async () => {
    const [one, other] = [instance(), instance()]
    await one.reload({ force: false })
    const before = await other.current()
    await one.reload({ force: false })
    other.pass(10)
    expect(await other.current()).toBe(before)
  })

  test('leaves a request the snapshot it began with (R26)', async () => {
    const models = instance()
    const before = await models.current()
    await database.query("UPDATE llm_gateway_model_map SET api_base = 'https://b.example.com'")
    await models.reload({ force: false })
    expect(before.route('a').apiBase).toBe('https://a.example.com/v1')
    expect((await models.current()).route('a').apiBase).toBe('https://b.example.com')
  })

  test('of an emptied table keeps the good map everywhere, unless forced (R25)', async () => {
    const [one, other] = [instance(), instance()]
    await names(one)
    await names(other)
    await database.query('UPDATE llm_gateway_model_map SET enabled = 0')
    const refused = await one.reload({ force: false })
    expect(refused).toMatchObject({ refused: true, lastError: expect.stringContaining('no row that is enabled') })
    other.pass(10)
    expect([await names(one), await names(other)]).toEqual([['a'], ['a']])
    expect(await one.reload({ force: true })).toMatchObject({ refused: false, lastError: null })
    other.pass(10)
    expect([await names(one), await names(other)]).toEqual([[], []])
  })

  test('of a table whose every row is bad keeps the good map', async () => {
    const models = instance()
    await names(models)
    await database.query("UPDATE llm_gateway_model_map SET api_base = 'nonsense'")
    expect(await models.reload({ force: false })).toMatchObject({ refused: true })
    expect(await names(models)).toEqual(['a'])
  })

  test('of names that differ in case alone keeps the good map; forced, both are left out by name', async () => {
    const models = instance()
    await names(models)
    await database.query('ALTER TABLE llm_gateway_model_map MODIFY model_name VARCHAR(128) COLLATE utf8mb4_bin')
    await insertRows(database, [{ model_name: 'GLM-4.5' }, { model_name: 'glm-4.5' }, { model_name: 'b' }])
    expect(await models.reload({ force: false })).toMatchObject({ refused: true })
    expect(await names(models)).toEqual(['a'])
    await models.reload({ force: true })
    expect(await names(models)).toEqual(['a', 'b'])
    expect(models.status().snapshot?.rejected).toEqual([
      { model: 'glm-4.5', reason: expect.stringContaining('more than once') },
    ])
  })

  test('at the same time as others runs one after the other and all end well', async () => {
    const models = instance({ MYSQL_POOL_MAX: '1' })
    const all = await Promise.all(Array.from({ length: 20 }, () => models.reload({ force: false })))
    expect(all.map(({ lastError }) => lastError)).toEqual(Array.from({ length: 20 }, () => null))
  })
})
