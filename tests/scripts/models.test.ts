import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, jest, test } from '@jest/globals'
import { readConfig } from '../../shared/gateway/config/config.ts'
import { readServerConfig } from '../../shared/gateway/config/server-config.ts'
import { health } from '../../shared/gateway/health.ts'
import { createTargetLimits } from '../../shared/gateway/stores/target-limits.ts'
import { serve } from '../../shared/http/server.ts'
import { createRegistry } from '../../shared/models/registry.ts'
import { getTargetId } from '../../shared/providers/targets/target-id.ts'
import { waitForListening } from '../../testing/servers/loopback-server.ts'
import { getScriptArguments } from '../../testing/servers/script-arguments.ts'
import { type TestDatabase, testDatabase } from '../../testing/servers/test-database.ts'
import { json, type ScriptedProvider, scriptedProvider } from '../../testing/stand-ins/provider.ts'
import { startTencentCloud, type TencentCloud } from '../../testing/stand-ins/tencent-cloud/tencent-cloud.ts'
import { quickWaits } from '../cloud/project.ts'
import { describeWithDatabase } from '../support/describe-with-database.ts'
import { insertRows } from '../support/insert-rows.ts'
import { seedTable } from '../support/seed-table.ts'

const folder = mkdtempSync(join(tmpdir(), 'models-tool-'))
const sql = (name: string): string => readFileSync(`scripts/sql/${name}.sql`, 'utf8')
/** Each run of the tool starts a process. */
jest.setTimeout(120_000)

let database: TestDatabase
let cloud: TencentCloud
let access: Record<string, string>

/** The ways to the table: MySQL's protocol, or `runSql` of the management API, which needs no VPC. */
const ways = {
  MYSQL_DSN: () => ({ MYSQL_DSN: database.dsn }),
  'the management API': () => ({
    ...cloud.environment,
    REMOTE_CONFIG_SOURCE: 'rdb',
    CLOUDBASE_ENV_ID: cloud.state.envId,
    TENCENTCLOUD_SECRETID: cloud.state.secretId,
    TENCENTCLOUD_SECRETKEY: cloud.state.secretKey,
  }),
} as const

const runModels = async (...words: string[]): Promise<{ output: string; code: number | null }> => {
  const child = spawn(process.execPath, [...getScriptArguments('scripts/models/main.ts'), ...words], {
    env: { PATH: process.env['PATH'], HOME: folder, LC_ALL: 'C', ...quickWaits, ...access },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (text: Buffer) => (output += text.toString()))
  const [code] = (await once(child, 'close')) as [number | null]
  return { output, code }
}

const file = (map: object): string => {
  const path = join(folder, 'map.json')
  writeFileSync(path, JSON.stringify(map))
  return path
}

const map = {
  'glm-4.5': { provider: 'openai', api_base: 'https://open.bigmodel.cn/api/paas/v4', api_key_env: 'GLM_API_KEY' },
  own: { base_url: 'https://a.example', api_key: 'sk-the-very-secret' },
}

beforeAll(async () => {
  cloud = await startTencentCloud()
})

afterAll(async () => {
  await cloud.close()
  rmSync(folder, { recursive: true, force: true })
})

describeWithDatabase.each(Object.keys(ways) as (keyof typeof ways)[])('npm run models over %s', (way) => {
  beforeAll(async () => {
    database = await testDatabase()
    await database.query(seedTable)
    cloud.state.database = async (sql) => {
      const rows: unknown = await database.query(sql)
      return Array.isArray(rows) ? rows : []
    }
    access = ways[way]()
  })

  afterAll(() => {
    const sent = cloud.state.calls.filter(({ action }) => action === 'RunSql').length
    if (way === 'MYSQL_DSN') expect(sent).toBe(0)
    else expect(sent).toBeGreaterThan(10)
  })

  test('shows the changes of an import, and writes nothing without --yes', async () => {
    const { output, code } = await runModels('import', file(map))
    expect(code).toBe(1)
    expect(output).toContain('+ glm-4.5')
    expect(output).toContain('--yes')
    expect(output).not.toContain('sk-the-very-secret')
    expect(await database.query('SELECT * FROM llm_gateway_model_map')).toEqual([])
  })

  test('writes an import with --yes once, and later only the changes', async () => {
    expect(await runModels('import', file(map), '--yes')).toMatchObject({ code: 0 })
    expect(
      await database.query('SELECT model_name, api_base, api_key_env, api_key FROM llm_gateway_model_map'),
    ).toEqual([
      { model_name: 'glm-4.5', api_base: map['glm-4.5'].api_base, api_key_env: 'GLM_API_KEY', api_key: null },
      { model_name: 'own', api_base: 'https://a.example', api_key_env: '', api_key: 'sk-the-very-secret' },
    ])
    expect((await runModels('import', file(map))).output).toContain('already holds all entries')
    const changed = { own: { ...map.own, api_key: 'sk-another-secret' } }
    const { output } = await runModels('import', file(changed), '--yes')
    expect(output).toContain('api_key: (a key) → (a key)')
    expect(output).not.toMatch(/sk-|glm-4\.5/)
  })

  test('names the file that adds a missing column, and imports the field after it has run', async () => {
    const priced = { own: { input_price_per_1m: 0.8, default_params: { seed: 1 }, drop_params: ['n'] } }
    const { output, code } = await runModels('import', file(priced), '--yes')
    expect([code, output]).toEqual([1, expect.stringContaining('model-map-columns.sql')])
    await database.query(sql('model-map-columns'))
    expect(await runModels('import', file({ own: { ...map.own, ...priced.own } }), '--yes')).toMatchObject({ code: 0 })
    expect((await runModels('import', file({ own: { ...map.own, ...priced.own } }))).output).toContain('already')
  })

  test('lists every model and no key', async () => {
    const { output, code } = await runModels('list')
    expect(code).toBe(0)
    expect(output).toMatch(/on {2}glm-4\.5 {2}openai {2}https:\/\/open\.bigmodel\.cn\S+ {2}GLM_API_KEY/)
    expect(output).toMatch(/on {2}own .*\(a key\)/)
    expect(output).not.toContain('sk-')
  })

  test('creates a model in the table once, after the validation of the gateway', async () => {
    const options = ['--provider', 'kimi', '--upstream-model', 'kimi-k2', '--yes']
    const wrong = await runModels('create', 'new', ...options, '--api-base', 'http://10.0.0.1')
    expect(wrong).toEqual({ code: 1, output: expect.stringMatching(/^! Its api_base is not https\./) })
    const created = await runModels('create', 'new', ...options, '--input-price-per-1m', '0.8', '--listed', '0')
    expect(created.output).toMatch(/MOONSHOT_API_KEY=<key>/)
    expect(created.code).toBe(0)
    const [row] = await database.query("SELECT * FROM llm_gateway_model_map WHERE model_name = 'new'")
    expect(row).toMatchObject({ provider: 'kimi', upstream_model: 'kimi-k2', input_price_per_1m: '0.8000', listed: 0 })
    const again = await runModels('create', 'NEW', ...options)
    expect(again).toEqual({ code: 1, output: expect.stringMatching(/has the model 'new' already/) })
    await database.query("DELETE FROM llm_gateway_model_map WHERE model_name = 'new'")
  })

  test('shows no key that is in a wrong column', async () => {
    const slips = {
      a: { api_base: 'https://user:sk-in-login@a.example/v1', api_key_env: 'sk-in-the-name' },
      b: { api_base: 'https://b.example/v1?key=sk-in-query', api_key: 'sk-in-place' },
    }
    const { output } = await runModels('import', file(slips), '--yes')
    expect(output).toContain('2 rows written')
    expect(output + (await runModels('list')).output + (await runModels('check')).output).not.toContain('sk-')
    await database.query("DELETE FROM llm_gateway_model_map WHERE model_name IN ('a', 'b')")
  })

  test('switches one model off and on', async () => {
    expect((await runModels('disable', 'own', '--yes')).output).toContain('enabled: 1 → 0')
    expect((await runModels('list')).output).toMatch(/off {2}own/)
    expect(await runModels('enable', 'own', '--yes')).toMatchObject({ code: 0 })
    expect((await runModels('list')).output).toMatch(/on {2}own/)
    expect(await runModels('enable', 'none', '--yes')).toMatchObject({
      code: 1,
      output: expect.stringContaining("'none'"),
    })
  })

  test('checks the table with the rules of the gateway', async () => {
    expect(await runModels('check')).toMatchObject({ code: 0, output: expect.stringContaining('2 models can be used') })
    await database.query("UPDATE llm_gateway_model_map SET api_key_env = 'MYSQL_PASSWORD' WHERE model_name = 'own'")
    const { output, code } = await runModels('check')
    expect(code).toBe(1)
    expect(output).toMatch(/! own: .*does not name a provider key/)
    expect(output).toMatch(/no table of versions/)
  })

  test('explains each command with --help, without a database', async () => {
    const { code, output } = await runModels('--help')
    expect(code).toBe(0)
    for (const name of ['import FILE', 'list', 'enable NAME', 'disable NAME', 'check']) expect(output).toContain(name)
  })
})

describe('npm run models without a database', () => {
  beforeEach(() => {
    access = { MYSQL_DSN: 'mysql://user:password@127.0.0.1:1/d' }
  })

  test.each([
    [[], expect.stringMatching(/^Name a command: import, create, list/)],
    [['drop', 'x'], "There is no command 'drop'."],
    [['lsit'], "There is no command 'lsit'. Did you mean list?"],
    [['list', '--yse'], 'There is no option --yse. Did you mean --yes?'],
    [['import'], 'import needs a FILE.'],
    [['enable'], 'enable needs a NAME.'],
    [['list', '--provider', 'x'], '--provider is for create.'],
    [['create', 'x', '--api-key', 'sk-1'], expect.stringContaining('stays in its history')],
    [['create', 'x', '--upstraem-model', 'y'], 'There is no option --upstraem-model. Did you mean --upstream-model?'],
    [['list', 'x'], "'x' is an argument too many."],
  ])('names the problem and the usage if called with %j', async (words, problem) => {
    const { output, code } = await runModels(...words)
    expect(output.split('\n')[0]).toEqual(problem)
    expect(output).toContain('import FILE')
    expect(code).toBe(2)
  })

  test('speaks Chinese in a Chinese locale', async () => {
    access = { LC_ALL: 'zh_CN.UTF-8' }
    expect((await runModels('--help')).output).toMatch(/^npm run models -- 命令[\s\S]*enable NAME +启用模型/)
    expect((await runModels('import', 'none.json')).output).toContain('无法读取 none.json')
  })

  test('reads the file of an import before it connects', async () => {
    expect(await runModels('import', 'none.json')).toEqual({
      code: 1,
      output: 'none.json cannot be read. Name the file of a model map.\n',
    })
  })

  test('reports on one line that the cloud cannot be reached', async () => {
    const { envId, secretId, secretKey } = cloud.state
    const login = { CLOUDBASE_ENV_ID: envId, TENCENTCLOUD_SECRETID: secretId, TENCENTCLOUD_SECRETKEY: secretKey }
    access = { ...login, http_proxy: 'http://127.0.0.1:1' }
    const { output, code } = await runModels('list')
    expect(output).toMatch(/^FetchError: .*ECONNREFUSED.* The cloud could not be reached\..*\n$/)
    expect(code).toBe(1)
  })
})

describeWithDatabase('npm run models -- check', () => {
  let provider: ScriptedProvider

  beforeAll(async () => {
    database = await testDatabase()
    await database.query(sql('model-map'))
    provider = await scriptedProvider(({ headers }) =>
      headers.authorization === 'Bearer key-good' ? json(answer) : json({ error: { message: 'no' } }, 401),
    )
    const row = { provider: 'openai', api_base: `${provider.url}/v1`, api_key_env: '' }
    await insertRows(database, [
      {
        ...row,
        model_name: 'chat',
        api_key_env: 'GOOD_API_KEY,BAD_API_KEY',
        input_price_per_1m: 2,
        output_price_per_1m: 8,
      },
      { ...row, model_name: 'alias', upstream_model: 'chat', api_key_env: 'GOOD_API_KEY' },
      { ...row, model_name: 'elsewhere', api_key_env: 'UNSET_API_KEY' },
    ])
    const keys = { GOOD_API_KEY: 'key-good', BAD_API_KEY: 'key-bad' }
    access = { MYSQL_DSN: database.dsn, ALLOW_PRIVATE_UPSTREAMS: 'true', ...keys }
  })

  afterAll(() => provider.close())

  test('calls each target once for one token, and says what it cost', async () => {
    const { output, code } = await runModels('check', '--yes')
    expect(output).toMatch(/chat\/GOOD_API_KEY {2}openai chat: works, 5 \+ 1 tokens, 0\.000018 yuan/)
    expect(output).toMatch(/chat\/BAD_API_KEY {2}openai chat: fails: The provider refused the gateway's key/)
    expect(output).toContain('models whose keys are not set on this machine are not called')
    expect(output).not.toContain('key-')
    expect(code).toBe(1)
    expect(provider.requests.map(({ body }) => body['max_tokens'])).toEqual([1, 1])
  })

  test('calls no target without consent', async () => {
    provider.requests.length = 0
    const { output, code } = await runModels('check')
    expect(output).toContain('3 models can be used')
    expect(provider.requests).toEqual([])
    expect(code).toBe(0)
  })
})

describeWithDatabase('npm run models -- status', () => {
  test('shows the targets of a gateway, which rest, and why', async () => {
    database = await testDatabase()
    const models = { chat: { api_base: 'https://a.example.com/v1', api_key_env: 'A_API_KEY,B_API_KEY' } }
    const environment = {
      ...{ GATEWAY_ADMIN_KEY: 'admin-key-0123456789', DISABLE_AUTH: 'true', LOG_LEVEL: 'error' },
      ...{ MODEL_PROVIDER_MAP: JSON.stringify(models), A_API_KEY: 'key-of-a', B_API_KEY: 'key-of-b' },
      ...{ USAGE_STORE: 'mysql', MYSQL_DSN: database.dsn, REMOTE_CONFIG_SOURCE: 'none' },
    }
    const config = readConfig(environment)
    const [first] = (await createRegistry(config.models).current()).route('chat').targets
    const rest = { id: getTargetId(first), reason: 'quota', isTold: false, until: Date.now() + 600_000 } as const
    await createTargetLimits(config, () => undefined).addRest(rest)
    const server = { ...readServerConfig(environment), host: '127.0.0.1', port: 0 }
    const { url, close } = await waitForListening(serve(health(server, environment), server))
    access = { GATEWAY_ADMIN_KEY: environment.GATEWAY_ADMIN_KEY }
    const { output, code } = await runModels('status', url)
    access = { GATEWAY_ADMIN_KEY: 'another-key-0123456789' }
    const refused = await runModels('status', url)
    await close()
    expect(output).toMatch(
      /chat\n {2}chat\/A_API_KEY {2}openai chat: rests 10 min, quota\n {2}chat\/B_API_KEY {2}openai chat: in use/,
    )
    expect(code).toBe(0)
    expect(refused).toMatchObject({ output: expect.stringMatching(/refuses GATEWAY_ADMIN_KEY/), code: 1 })
  })

  test.each([
    [['status'], /status needs a URL/],
    [['status', 'nonsense'], /'nonsense' is no address/],
    [['status', 'http://127.0.0.1:1'], /cannot be reached/],
  ])('says what is wrong with %j', async (words, message) => {
    access = { GATEWAY_ADMIN_KEY: 'admin-key-0123456789' }
    const { output, code } = await runModels(...words)
    expect(output).toMatch(message)
    expect(code).not.toBe(0)
  })
})

const answer = {
  id: 'c',
  object: 'chat.completion',
  created: 1,
  model: 'chat',
  choices: [{ index: 0, message: { role: 'assistant', content: 'Hi' }, finish_reason: 'length' }],
  usage: { prompt_tokens: 5, completion_tokens: 1, total_tokens: 6 },
}
