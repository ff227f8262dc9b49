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

const getNames = async (models: Instance): Promise<readonly string[]> => (await models.current()).models

beforeEach(async () => {
  database = await testDatabase()
})

describeWithDatabase('the source mysql on the original table', () => {
  beforeEach(() => database.query(seedTable))

  test('reads the enabled rows, ordered by name, with the key of their variable', async () => {
    await insertRows(database, [
      { model_name: 'b' },
      { model_name: 'a', _openid: 'o' },
      { model_name: 'c', enabled: 0 },
    ])
    const models = instance()
    expect(await getNames(models)).toEqual(['a', 'b'])
    expect((await models.current()).route('a').targets).toMatchObject([
      { apiBase: 'https://a.example.com/v1', apiKey: 'key-of-a' },
    ])
    expect(models.status()).toMatchObject({ lastError: null, snapshot: { source: 'mysql', unknownFields: [] } })
  })

  test('ignores MODEL_LIST: `enabled` decides', async () => {
    await insertRows(database, [{ model_name: 'a' }])
    expect(await getNames(instance({ MODEL_LIST: 'other' }))).toEqual(['a'])
  })

  test('finds the table by host, user and database as well, and under another name', async () => {
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
    expect(await getNames(models)).toEqual(['a'])
  })

  test('notices an edit within the TTL if there is no table of versions, with one query per TTL', async () => {
    await insertRows(database, [{ model_name: 'a' }])
    const models = instance()
    expect(await getNames(models)).toEqual(['a'])
    await insertRows(database, [{ model_name: 'b' }])
    models.pass(9)
    expect(await getNames(models)).toEqual(['a'])
    models.pass(1)
    expect(await getNames(models)).toEqual(['a', 'b'])
    await database.query("UPDATE llm_gateway_model_map SET api_base = 'https://b.example.com' WHERE model_name = 'b'")
    models.pass(10)
    expect((await models.current()).route('b').targets[0].apiBase).toBe('https://b.example.com')
  })
})

describeWithDatabase('the source mysql on other tables', () => {
  test('reads a view and notices an edit within the TTL, although a view has no checksum', async () => {
    await database.query(seedTable)
    await database.query('CREATE VIEW shown AS SELECT * FROM llm_gateway_model_map WHERE provider = "openai"')
    await insertRows(database, [{ model_name: 'a' }, { model_name: 'hidden', provider: 'qwen' }])
    const models = instance({ REMOTE_CONFIG_TABLE: 'shown' })
    expect(await getNames(models)).toEqual(['a'])
    expect(models.status().lastError).toBeNull()
    await insertRows(database, [{ model_name: 'b' }])
    models.pass(10)
    expect(await getNames(models)).toEqual(['a', 'b'])
    expect(await models.reload({ force: false })).toMatchObject({ lastError: null, refused: false })
  })

  test('names a table that does not exist', async () => {
    const models = instance({ REMOTE_CONFIG_TABLE: 'absent' })
    await models.current().catch(() => undefined)
    expect(models.status().lastError).toContain('The table does not exist')
  })

  test('serves all other rows of a thousand if one is bad', async () => {
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
    'reads names of a table in %s unchanged',
    async (charset) => {
      await database.query(`${seedTable.replace(/;\s*$/, '')} CHARACTER SET ${charset}`)
      await insertRows(database, [{ model_name: '通义-千问' }, { model_name: 'GLM-4.5' }])
      expect([...(await getNames(instance()))].sort()).toEqual(['GLM-4.5', '通义-千问'])
    },
  )

  test.each(["BIT(1) NOT NULL DEFAULT b'1'", 'BOOLEAN', "ENUM('0', '1')", 'VARCHAR(5)', 'DECIMAL(1, 0)'])(
    'reads enabled as %s: 1 is on, 0 is off',
    async (type) => {
      await database.query(seedTable)
      await database.query(`ALTER TABLE llm_gateway_model_map MODIFY enabled ${type}`)
      const row = "'openai', 'https://a.example.com/v1', ''"
      const one = type.startsWith('BIT') ? "b'1'" : type === 'BOOLEAN' ? '1' : "'1'"
      await database.query(
        `INSERT INTO llm_gateway_model_map (model_name, provider, api_base, api_key_env, enabled)
         VALUES ('on', ${row}, ${one}), ('off', ${row}, ${one.replace('1', '0')})`,
      )
      expect(await getNames(instance())).toEqual(['on'])
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

  test('can do with SELECT on the model table: edits are used without a reload', async () => {
    const MYSQL_DSN = await userFor('GRANT SELECT ON llm_gateway_model_map TO USER')
    const models = instance({ MYSQL_DSN })
    expect(await getNames(models)).toEqual(['a'])
    expect((await models.reload({ force: false })).lastError).toBeNull()
    await insertRows(database, [{ model_name: 'b' }])
    models.pass(10)
    expect(await getNames(models)).toEqual(['a', 'b'])
  })

  test('cannot publish with SELECT only: the reload names the missing right, and its process serves the new map', async () => {
    const MYSQL_DSN = await userFor(
      'GRANT SELECT ON llm_gateway_model_map TO USER; GRANT SELECT ON llm_gateway_state TO USER',
    )
    const models = instance({ MYSQL_DSN })
    expect((await models.reload({ force: false })).lastError).toMatch(/Grant SELECT .* INSERT, UPDATE/)
    expect(await getNames(models)).toEqual(['a'])
  })
})

describeWithDatabase('the SQL files of the model map', () => {
  test('turn the original table into the full one, and can run again', async () => {
    await database.query(seedTable)
    for (const file of ['model-map', 'model-map-columns', 'state', 'model-map', 'model-map-columns', 'state'])
      await database.query(sql(file))
    const getColumns = async (target: TestDatabase): Promise<unknown[]> => {
      const rows = await target.query(
        "SELECT column_name AS name FROM information_schema.columns WHERE table_schema = DATABASE() AND table_name = 'llm_gateway_model_map' ORDER BY 1",
      )
      return rows.map((row) => row['name'])
    }
    const fresh = await testDatabase()
    await fresh.query(sql('model-map'))
    expect(await getColumns(database)).toEqual(await getColumns(fresh))
  })

  test('create only columns that the gateway reads', async () => {
    await database.query(sql('model-map'))
    await insertRows(database, [
      {
        model_name: 'a',
        provider: 'GLM',
        upstream_model: 'glm/a',
        completions_mode: 'chat',
        stream_usage: 'off',
        thinking: 'off',
        json_schema: 'prompt',
        default_params: '{"temperature": 0.5}',
        drop_params: '["seed"]',
        max_tokens: 4096,
        input_price_per_1m: '0.8',
        output_price_per_1m: '2',
        cache_price_per_1m: '0.1',
        listed: 0,
        targets: '[{"weight": 2}, {"upstream_model": "glm/b", "switch_on": "server_error"}]',
        fallbacks: '["b"]',
        weight: 0.5,
        max_concurrency: 4,
        switch_on: 'context_length',
      },
      { model_name: 'b' },
    ])
    const models = instance()
    const prices = { input: '0.8000', output: '2.0000', cache: '0.1000' }
    const shared = {
      ...{ tier: 0, maxConcurrency: 4, provider: 'glm', apiBase: 'https://a.example.com/v1', apiKey: 'key-of-a' },
      ...{
        completionsMode: 'chat',
        streamUsage: 'off',
        thinking: 'off',
        jsonSchema: 'prompt',
        defaultParams: { temperature: 0.5 },
        dropParams: ['seed'],
      },
      ...{ maxTokens: 4096, prices },
    }
    const { route, unlisted } = await models.current()
    expect(route('a')).toMatchObject({
      model: 'a',
      prices,
      targets: [
        { ...shared, name: 'a/1', group: 0, weight: 2, upstreamModel: 'glm/a', switchOn: ['context_length'] },
        { ...shared, name: 'a/2', group: 1, weight: 0.5, upstreamModel: 'glm/b', switchOn: ['server_error'] },
        { name: 'b', tier: 1, upstreamModel: 'b', maxTokens: 4096 },
      ],
    })
    expect(unlisted).toEqual(['a'])
    expect(models.status().snapshot?.unknownFields).toEqual([])
  })

  test('allow other columns, which are reported', async () => {
    await database.query(sql('model-map'))
    await database.query('ALTER TABLE llm_gateway_model_map ADD COLUMN colour VARCHAR(8), ADD COLUMN _note VARCHAR(8)')
    await insertRows(database, [{ model_name: 'a', colour: 'red' }])
    const models = instance()
    expect(await getNames(models)).toEqual(['a'])
    expect(models.status().snapshot?.unknownFields).toEqual(['colour'])
  })
})

describeWithDatabase('a reload', () => {
  beforeEach(async () => {
    await database.query(sql('model-map') + sql('state'))
    await insertRows(database, [{ model_name: 'a' }])
  })

  test('reaches every other instance within the TTL, and not before', async () => {
    const [one, other] = [instance(), instance()]
    expect([await getNames(one), await getNames(other)]).toEqual([['a'], ['a']])
    await insertRows(database, [{ model_name: 'b' }])
    other.pass(10)
    expect(await getNames(other)).toEqual(['a'])
    expect(await one.reload({ force: false })).toMatchObject({ lastError: null, refused: false })
    expect(await getNames(one)).toEqual(['a', 'b'])
    other.pass(9)
    expect(await getNames(other)).toEqual(['a'])
    other.pass(1)
    expect(await getNames(other)).toEqual(['a', 'b'])
    expect(other.status().snapshot?.version).toBe(one.status().snapshot?.version)
    const [row] = await database.query('SELECT name, version FROM llm_gateway_state')
    expect(row).toEqual({ name: 'llm_gateway_model_map', version: one.status().snapshot?.version })
  })

  test('leaves the snapshots of other instances alone if the content is the same', async () => {
    const [one, other] = [instance(), instance()]
    await one.reload({ force: false })
    const before = await other.current()
    await one.reload({ force: false })
    other.pass(10)
    expect(await other.current()).toBe(before)
  })

  test('leaves a request the snapshot that it began with (R26)', async () => {
    const models = instance()
    const before = await models.current()
    await database.query("UPDATE llm_gateway_model_map SET api_base = 'https://b.example.com'")
    await models.reload({ force: false })
    expect(before.route('a').targets[0].apiBase).toBe('https://a.example.com/v1')
    expect((await models.current()).route('a').targets[0].apiBase).toBe('https://b.example.com')
  })

  test('keeps the good map on every instance if the table was emptied, unless forced (R25)', async () => {
    const [one, other] = [instance(), instance()]
    await getNames(one)
    await getNames(other)
    await database.query('UPDATE llm_gateway_model_map SET enabled = 0')
    const refused = await one.reload({ force: false })
    expect(refused).toMatchObject({ refused: true, lastError: expect.stringContaining('no row that is enabled') })
    other.pass(10)
    expect([await getNames(one), await getNames(other)]).toEqual([['a'], ['a']])
    expect(await one.reload({ force: true })).toMatchObject({ refused: false, lastError: null })
    other.pass(10)
    expect([await getNames(one), await getNames(other)]).toEqual([[], []])
  })

  test('keeps the good map if every row is bad', async () => {
    const models = instance()
    await getNames(models)
    await database.query("UPDATE llm_gateway_model_map SET api_base = 'nonsense'")
    expect(await models.reload({ force: false })).toMatchObject({ refused: true })
    expect(await getNames(models)).toEqual(['a'])
  })

  test('keeps the good map if names differ in case alone, and leaves out both by name if forced', async () => {
    const models = instance()
    await getNames(models)
    await database.query('ALTER TABLE llm_gateway_model_map MODIFY model_name VARCHAR(128) COLLATE utf8mb4_bin')
    await insertRows(database, [{ model_name: 'GLM-4.5' }, { model_name: 'glm-4.5' }, { model_name: 'b' }])
    expect(await models.reload({ force: false })).toMatchObject({ refused: true })
    expect(await getNames(models)).toEqual(['a'])
    await models.reload({ force: true })
    expect(await getNames(models)).toEqual(['a', 'b'])
    expect(models.status().snapshot?.rejected).toEqual([
      { model: 'glm-4.5', reason: expect.stringContaining('more than once') },
    ])
  })

  test('runs after the reloads that came before it, and all succeed', async () => {
    const models = instance({ MYSQL_POOL_MAX: '1' })
    const all = await Promise.all(Array.from({ length: 20 }, () => models.reload({ force: false })))
    expect(all.map(({ lastError }) => lastError)).toEqual(Array.from({ length: 20 }, () => null))
  })
})
