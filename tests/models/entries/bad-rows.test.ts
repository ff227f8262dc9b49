import { beforeAll, beforeEach, expect, test } from '@jest/globals'
import { type TestDatabase, testDatabase } from '../../../testing/servers/test-database.ts'
import { createInstance } from '../../support/create-instance.ts'
import { describeWithDatabase } from '../../support/describe-with-database.ts'
import { insertRows, type Row } from '../../support/insert-rows.ts'

/** As lax as a table can be: people make their own. */
const laxTable = `CREATE TABLE llm_gateway_model_map (
  model_name VARCHAR(300), provider VARCHAR(300), api_base TEXT, api_key_env VARCHAR(300), api_key TEXT, enabled VARCHAR(10),
  upstream_model VARCHAR(300), completions_mode VARCHAR(20), stream_usage VARCHAR(20), thinking VARCHAR(20), json_schema VARCHAR(20), default_params TEXT, drop_params TEXT,
  max_tokens VARCHAR(20), input_price_per_1m VARCHAR(40), output_price_per_1m VARCHAR(40), cache_price_per_1m VARCHAR(40))`

let database: TestDatabase

/** Loads the rows beside a good one, which must stay usable. */
const load = async (rows: readonly Row[], environment: Record<string, string> = {}) => {
  await insertRows(
    database,
    [{ model_name: 'good' }, ...rows].map((row) => ({ enabled: '1', ...row })),
  )
  const instance = createInstance({ MYSQL_DSN: database.dsn, A_API_KEY: 'key-of-a', ...environment })
  const snapshot = await instance.current()
  expect(snapshot.models).toContain('good')
  return { snapshot, lines: JSON.stringify(instance.lines) }
}

/** A report shows names on one line, without blanks around them and at most as long as the original's column. */
const toShownName = ({ model_name: name = 'bad' }: Row): string =>
  String(name ?? '')
    .slice(0, 128)
    .replace('\n', ' ')
    .trim()

const badRows: [string, Row, RegExp][] = [
  ['no name', { model_name: null }, /no name/],
  ['a blank name', { model_name: '  ' }, /no name/],
  ['a name that begins with a blank', { model_name: ' bad' }, /begins or ends with a blank/],
  ['a name of 129 characters', { model_name: 'x'.repeat(129) }, /longer than 128/],
  ['a line break in its name', { model_name: 'ba\nd' }, /line breaks/],
  ['no address', { api_base: null }, /no api_base/],
  ['a blank address', { api_base: ' ' }, /no api_base/],
  ['an address that is no URL', { api_base: 'api.example.com/v1' }, /not a URL/],
  ['a blank in its address', { api_base: 'https://api.example.com/v 1' }, /api_base must be a URL/],
  ['an address of another protocol', { api_base: 'ftp://api.example.com' }, /not a URL/],
  ['a script for an address', { api_base: 'javascript:alert(1)' }, /not a URL/],
  ['a file for an address', { api_base: 'file:///etc/passwd' }, /not a URL/],
  ['an http address', { api_base: 'http://api.example.com' }, /not https/],
  ['a password in its address', { api_base: 'https://user:pass@api.example.com' }, /user name or password/],
  ['a user in its address', { api_base: 'https://user@api.example.com' }, /user name or password/],
  ['a query in its address', { api_base: 'https://api.example.com/v1?key=1' }, /query or a fragment/],
  ['a fragment in its address', { api_base: 'https://api.example.com/v1#a' }, /query or a fragment/],
  ['the loopback address', { api_base: 'https://127.0.0.1/v1' }, /private address/],
  ['the metadata address', { api_base: 'https://169.254.0.23/' }, /private address/],
  ['the metadata name', { api_base: 'https://metadata.tencentyun.com/' }, /private address/],
  ['an address of 2,049 characters', { api_base: `https://a.example/${'x'.repeat(2031)}` }, /at most 2048/],
  ['a key variable that is not set', { api_key_env: 'UNSET_API_KEY' }, /Set the environment variable UNSET_API_KEY/],
  ['a key for a key variable', { api_key_env: 'sk-0123456789' }, /name of an environment variable/],
  ['a variable that is no key', { api_key_env: 'PATH' }, /does not name a provider key/],
  ['a line break in its key', { api_key_env: '', api_key: 'k\r\nhost: evil' }, /printable ASCII/],
  ['a key that is not ASCII', { api_key_env: '', api_key: '密钥' }, /printable ASCII/],
  ['a provider of odd characters', { provider: 'open ai' }, /provider must be a name/],
  ['a line break in its upstream name', { upstream_model: 'a\nb' }, /upstream_model must be a name/],
  ['an upstream name of 256 characters', { upstream_model: 'm'.repeat(256) }, /at most 255 characters/],
  ['an unknown way of completions', { completions_mode: 'both' }, /one of auto, native, chat/],
  ['an unknown way of usage', { stream_usage: 'on' }, /one of auto, force, off/],
  ['an unknown way of thinking', { thinking: 'yes' }, /one of auto, on, off/],
  ['an unknown way of schemas', { json_schema: 'tool' }, /one of native, prompt/],
  ['broken JSON for parameters', { default_params: '{"a":' }, /default_params must be a JSON object/],
  ['an array for parameters', { default_params: '[1]' }, /default_params must be a JSON object/],
  ['an object for a list', { drop_params: '{"a": 1}' }, /drop_params must be a list/],
  ['numbers in a list', { drop_params: '[1, 2]' }, /drop_params must be a list/],
  ['a word for a limit', { max_tokens: 'many' }, /max_tokens must be a whole number/],
  ['zero for a limit', { max_tokens: '0' }, /max_tokens must be a whole number/],
  ['a fraction for a limit', { max_tokens: '1.5' }, /max_tokens must be a whole number/],
  ['a negative price', { input_price_per_1m: '-1' }, /input_price_per_1m must be a decimal/],
  ['a price with a currency', { output_price_per_1m: '2元' }, /output_price_per_1m must be a decimal/],
  ['a decimal comma in a price', { cache_price_per_1m: '1,3' }, /cache_price_per_1m must be a decimal/],
]

describeWithDatabase('the model table', () => {
  beforeAll(async () => {
    database = await testDatabase()
  })

  beforeEach(async () => {
    await database.query(`DROP TABLE IF EXISTS llm_gateway_model_map; ${laxTable}`)
  })

  test.each(badRows)(
    'rejects a row with %s by name with the reason, and keeps the others (R25)',
    async (_, row, reason) => {
      const { snapshot } = await load([{ model_name: 'bad', ...row }])
      expect(snapshot.models).toEqual(['good'])
      expect(snapshot.rejected).toEqual([{ model: toShownName(row), reason: expect.stringMatching(reason) }])
    },
  )

  test.each(['0', '2', 'off', 'No', '-1', '', null])(
    'leaves out a row with enabled = %j without a report',
    async (enabled) => {
      const { snapshot } = await load([{ model_name: 'off', enabled }])
      expect(snapshot).toMatchObject({ models: ['good'], rejected: [] })
    },
  )

  test.each(['true', 'yes', 'maybe'])(
    'leaves out a row with enabled = %j, and names it with the values that are valid',
    async (enabled) => {
      const { snapshot } = await load([{ model_name: 'off', enabled }])
      expect(snapshot.models).toEqual(['good'])
      expect(snapshot.rejected).toEqual([{ model: 'off', reason: 'Its enabled must be 1 or 0.' }])
    },
  )

  test('uses the defaults for blanks and nulls in optional columns', async () => {
    const { snapshot } = await load([
      { model_name: 'plain', upstream_model: ' ', max_tokens: '', default_params: null },
    ])
    expect(snapshot.route('plain').targets).toMatchObject([
      { upstreamModel: 'plain', maxTokens: undefined, defaultParams: {} },
    ])
  })

  test('rejects a row that names a secret of another kind as its key, and sends the secret nowhere (R46)', async () => {
    const secrets = [
      ...['MYSQL_PASSWORD', 'MYSQL_DSN', 'GATEWAY_ADMIN_KEY', 'TENCENTCLOUD_SECRETKEY', 'TENCENTCLOUD_SECRETID'],
      ...['TENCENTCLOUD_SESSIONTOKEN', 'CLOUDBASE_APIKEY', 'BILLING_WEBHOOK_TOKEN', 'USER_HASH_KEY', 'TCB_API_KEY'],
      ...['SCF_API_KEY', 'gateway_admin_key', 'CLOUDBASE_API_KEY', 'DB_API_KEY', 'JWT_SIGNING_KEY', 'NPM_TOKEN'],
      ...['AWS_SECRET_ACCESS_KEY', 'TLS_PRIVATE_KEY', 'TENCENT_SECRET_KEY', 'SESSION_TOKEN', 'WEBHOOK_TOKEN', 'KEY'],
    ]
    const environment = Object.fromEntries(secrets.map((name) => [name, 'the-secret']))
    const rows = secrets.map((name) => ({
      model_name: `m-${name}-${name === name.toLowerCase()}`,
      api_key_env: name,
      api_key: 'own',
    }))
    const { snapshot, lines } = await load(rows, { ...environment, MYSQL_DSN: database.dsn })
    expect(snapshot.models).toEqual(['good'])
    expect(snapshot.rejected).toHaveLength(secrets.length)
    for (const { reason } of snapshot.rejected) expect(reason).toMatch(/does not name a provider key/)
    expect(lines).not.toContain('the-secret')
  })

  test.each(['GLM_API_KEY', 'DEEPSEEK_KEY', 'HF_TOKEN', 'Qwen_Api_Key', 'A_1_API_KEY'])(
    'sends the key of the variable %s to the provider of a row that names it',
    async (name) => {
      const { snapshot } = await load([{ model_name: 'm', api_key_env: name, api_key: 'own' }], {
        [name]: 'from-variable',
      })
      expect(snapshot.route('m').targets[0].apiKey).toBe('from-variable')
    },
  )

  test('uses the own key of a row if its variable is not set, and never another key', async () => {
    const { snapshot } = await load(
      [
        { model_name: 'own', api_key_env: 'UNSET_API_KEY', api_key: 'own-key' },
        { model_name: 'none', api_key_env: '', api_key: null },
      ],
      { OPENAI_API_KEY: 'a-global-key' },
    )
    expect(snapshot.route('own').targets[0].apiKey).toBe('own-key')
    expect(snapshot.route('none').targets[0].apiKey).toBeUndefined()
  })
})
