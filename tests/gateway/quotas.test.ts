import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import OpenAI, { type APIError } from 'openai'
import { createMysql } from '../../shared/drivers/mysql.ts'
import { readConfig } from '../../shared/gateway/config/config.ts'
import { createHealthDetail } from '../../shared/gateway/health/health-detail.ts'
import { relay } from '../../shared/gateway/relay/relay.ts'
import { serveText } from '../../shared/gateway/relay/serve-text.ts'
import { createQuotaSource } from '../../shared/gateway/stores/quota-source.ts'
import { serve } from '../../shared/http/server.ts'
import { type LoopbackServer, loopbackServer, waitForListening } from '../../testing/servers/loopback-server.ts'
import { getScriptArguments } from '../../testing/servers/script-arguments.ts'
import { hasDatabase, type TestDatabase, testDatabase } from '../../testing/servers/test-database.ts'
import { json, type Script, type ScriptedProvider, scriptedProvider } from '../../testing/stand-ins/provider.ts'
import { captureLog, type LogLine } from '../support/capture-log.ts'
import { createLogin } from '../support/create-login.ts'

const execFileAsync = promisify(execFile)
const usage = { prompt_tokens: 10, completion_tokens: 20, total_tokens: 30 }
const choices = [{ index: 0, message: { role: 'assistant', content: 'hi' }, finish_reason: 'stop' }]
const answer = json({ choices, usage })
const ask = { model: 'm', messages: [{ role: 'user' as const, content: 'Hello' }] }

const cleanups: (() => Promise<void>)[] = []
let provider: ScriptedProvider
let script: Script = answer
let authService: LoopbackServer
let database: TestDatabase
let base: Record<string, string>

beforeAll(async () => {
  if (!hasDatabase) return
  database = await testDatabase()
  provider = await scriptedProvider(() => script)
  authService = await loopbackServer((request, response) => {
    const user = /^Bearer token-of-(\w+)$/.exec(request.headers.authorization ?? '')?.[1]
    response.setHeader('content-type', 'application/json').end(JSON.stringify({ sub: user, name: user }))
  })
  cleanups.push(provider.close, authService.close)
  base = {
    LOG_LEVEL: 'error',
    AUTH_MODE: 'remote',
    CLOUDBASE_ENV_ID: 'env',
    CLOUDBASE_AUTH_ORIGIN: authService.url,
    ALLOW_PRIVATE_UPSTREAMS: 'true',
    REMOTE_CONFIG_SOURCE: 'none',
    MYSQL_DSN: database.dsn,
    USAGE_STORE: 'mysql',
    MODEL_PROVIDER_MAP: JSON.stringify({ m: { api_base: `${provider.url}/v1`, max_tokens: 100 } }),
  }
})

afterAll(async () => {
  for (const cleanup of cleanups.reverse()) await cleanup()
  if (database) await createMysql({ login: createLogin(database.dsn), poolMin: 0, poolMax: 1 }).end()
})

interface Gateway {
  readonly url: string
  readonly lines: LogLine[]
}

const startChat = async (variables: Record<string, string>): Promise<Gateway> => {
  const config = readConfig({ ...base, ...variables })
  const { log, lines } = captureLog()
  const server = { ...config.server, host: '127.0.0.1', port: 0, log }
  const { url, close } = await waitForListening(
    serve(relay('chat/completions', { ...config, server }, serveText), server),
  )
  cleanups.push(close)
  return { url, lines }
}

const connect = ({ url }: Gateway, user: string): OpenAI =>
  new OpenAI({ baseURL: `${url}/v1`, apiKey: `token-of-${user}` })

/** Resolves with the status and code of a call: `200` or `429 quota_exceeded`. */
const getResult = (client: OpenAI, fields = {}): Promise<string> =>
  client.chat.completions.create({ ...ask, ...fields }).then(
    () => '200',
    ({ status, code }: APIError) => `${status} ${code}`,
  )

const define = (...quotas: object[]) => ({
  QUOTAS: JSON.stringify(quotas.map((quota) => ({ unit: 'requests', window: 'day', per: 'user', limit: 1, ...quota }))),
})

const describeWithDatabase = hasDatabase ? describe : describe.skip

describeWithDatabase('a call under quotas', () => {
  test('is refused with 429, the name of the quota and the time to wait; OpenAI clients do not repeat it (R97)', async () => {
    const gateway = await startChat(define({ name: 'once-a-day' }))
    const client = connect(gateway, 'ann')
    expect(await getResult(client)).toBe('200')
    const before = provider.requests.length
    const error = (await client.chat.completions.create(ask).catch((thrown: unknown) => thrown)) as APIError
    expect(error).toMatchObject({ status: 429, code: 'quota_exceeded', type: 'rate_limit_error', param: null })
    expect(error.message).toContain("The quota 'once-a-day' allows 1 requests a day for each user. It is used up.")
    expect(error.headers?.get('x-should-retry')).toBe('false')
    expect(error.headers?.get('x-quota')).toBe('once-a-day')
    expect(Number(error.headers?.get('retry-after'))).toBeGreaterThan(0)
    expect(Number(error.headers?.get('retry-after'))).toBeLessThanOrEqual(86_400)
    expect(provider.requests.length).toBe(before)
    expect(await getResult(connect(gateway, 'bob'))).toBe('200')
  })

  test('holds its most tokens, then counts those of its record; a failed call counts none', async () => {
    const gateway = await startChat(define({ name: 'tokens', unit: 'tokens', limit: 250 }))
    const client = connect(gateway, 'carl')
    expect(await getResult(client, { max_tokens: 400 })).toBe('200')
    script = json({ error: { message: 'bad', code: 'bad' } }, 400)
    expect(await getResult(client)).toMatch(/^400/)
    script = answer
    // 30 tokens are used; a call holds about 110. Each leaves 30 behind.
    for (let index = 0; index < 4; index++) expect(await getResult(client)).toBe('200')
    expect(await getResult(client)).toBe('429 quota_exceeded')
    expect(await getResult(client, { max_tokens: 10 })).toBe('200')
  })

  test('needs a point though it seems to cost none, so that a full quota of points lets nothing through (R96)', async () => {
    const quotas = define({ name: 'few-points', unit: 'points', limit: 1 })
    const client = connect(await startChat({ ...quotas, POINTS_PER_1K_TOKENS: '1' }), 'sly')
    script = json({ choices, usage: { prompt_tokens: 10, completion_tokens: 4_990, total_tokens: 5_000 } })
    const results = [await getResult(client, { max_tokens: 5 }), await getResult(client, { max_tokens: 5 })]
    script = answer
    expect(results).toEqual(['200', '429 quota_exceeded'])
  })

  test('gives back what it took from the quotas if the wallet refuses it', async () => {
    const quotas = define({ name: 'points', unit: 'points', limit: 40 }, { name: 'calls', limit: 2 })
    const gateway = await startChat({ ...quotas, WALLET: 'on', POINTS_PER_1K_TOKENS: '100' })
    const client = connect(gateway, 'dora')
    expect(await getResult(client)).toBe('402 insufficient_quota')
    expect(await getResult(client)).toBe('402 insufficient_quota')
    expect(await getResult(client)).toBe('429 quota_exceeded')
    const rich = await startChat({
      ...define({ name: 'points', unit: 'points', limit: 40 }),
      POINTS_PER_1K_TOKENS: '100',
    })
    expect(await getResult(connect(rich, 'dora'))).toBe('200')
  })

  test('is served without a change of the store if no quota is defined', async () => {
    const gateway = await startChat({ QUOTAS: '[]' })
    expect(await getResult(connect(gateway, 'emil'))).toBe('200')
  })
})

describeWithDatabase('a definition that cannot be used', () => {
  test.each([
    [define({ name: 'x', per: 'key' }), "A quota with 'per' key needs KEYS=on"],
    [{ QUOTAS: '{}' }, 'QUOTAS is no JSON array of quotas.'],
    [{ QUOTAS_FILE: '/nowhere/quotas.json', QUOTAS: '[]' }, 'QUOTAS_FILE names a file that cannot be read.'],
    [{ ...define({ name: 'x' }), USAGE_STORE: 'none' }, 'QUOTAS needs USAGE_STORE=collection, mysql or rdb'],
    [{ ...define({ name: 'x' }), USAGE_STORE: 'file' }, 'QUOTAS needs USAGE_STORE=collection, mysql or rdb'],
  ])('stops all calls, is logged at start, and is a problem in health: %j (R97)', async (variables, problem) => {
    const gateway = await startChat(variables)
    expect(await getResult(connect(gateway, 'finn'))).toBe('503 gateway_misconfigured')
    expect(gateway.lines).toContainEqual(
      expect.objectContaining({
        event: 'quotas_misconfigured',
        fields: { help: expect.stringContaining(problem) },
      }),
    )
    const { status, problems } = await createHealthDetail({ ...base, ...variables })()
    expect(status).toBe('degraded')
    expect(problems.join(' ')).toContain(problem)
  })

  test('is a problem in health if it names a model that does not exist', async () => {
    const { problems } = await createHealthDetail({ ...base, ...define({ name: 'x', models: ['m', 'gone'] }) })()
    expect(problems).toEqual(["The quota 'x' names the model 'gone', which does not exist."])
  })
})

describe('the file of quotas', () => {
  const folder = mkdtempSync(join(tmpdir(), 'quotas-'))
  const file = join(folder, 'quotas.json')
  afterAll(() => rmSync(folder, { recursive: true }))

  test('is read again when it changes; an edit that cannot be used is a problem, and the quotas before it stay', async () => {
    const quota = { name: 'a', unit: 'requests', window: 'day', per: 'user', limit: 1 }
    writeFileSync(file, JSON.stringify([quota]))
    const config = readConfig({
      LOG_LEVEL: 'error',
      DISABLE_AUTH: 'true',
      QUOTAS_FILE: file,
      USAGE_STORE: 'mysql',
      MYSQL_DSN: 'mysql://u:p@127.0.0.1:3306/d',
    })
    const { log, lines } = captureLog()
    let now = 0
    const source = createQuotaSource(config, log, () => now)
    const getLimits = async () => (await source.current()).value?.map(({ limit }) => limit)
    expect(await getLimits()).toEqual([1])
    writeFileSync(file, JSON.stringify([{ ...quota, limit: 22 }]))
    expect(await getLimits()).toEqual([1])
    now += 10_000
    expect(await getLimits()).toEqual([22])
    writeFileSync(file, '[{"name": "a"}]')
    now += 10_000
    expect(await getLimits()).toEqual([22])
    expect(source.problem()).toContain("QUOTAS_FILE, quota 1: 'unit' is missing.")
    expect(lines.map(({ event }) => event)).toEqual(['quotas_misconfigured'])
    writeFileSync(file, '[]')
    now += 10_000
    expect([await getLimits(), source.problem()]).toEqual([[], undefined])
  })
})

describeWithDatabase('the stored quotas', () => {
  const folder = mkdtempSync(join(tmpdir(), 'stored-quotas-'))
  const quota = { name: 'stored', unit: 'requests', window: 'total', per: 'user', limit: 1 }
  afterAll(() => rmSync(folder, { recursive: true }))

  /** Runs `npm run quotas`. Resolves with what it prints. */
  const runTool = async (...args: string[]): Promise<string> => {
    const env = { ...process.env, MYSQL_DSN: database.dsn, USAGE_STORE: 'mysql' }
    const run = execFileAsync(process.execPath, [...getScriptArguments('scripts/quotas/main.ts'), ...args], { env })
    return run.then(
      ({ stdout }) => stdout,
      ({ stderr }: { stderr: string }) => stderr,
    )
  }

  const store = (...quotas: object[]): Promise<string> => {
    writeFileSync(join(folder, 'quotas.json'), JSON.stringify(quotas))
    return runTool('set', join(folder, 'quotas.json'))
  }

  test('stop all calls until there are some, and an edit holds for calls that follow within CONFIG_TTL (R172)', async () => {
    const gateway = await startChat({ QUOTAS: 'store', CONFIG_TTL: '1' })
    const client = connect(gateway, 'storer')
    expect(await getResult(client)).toBe('503 gateway_misconfigured')
    expect(gateway.lines.map(({ fields }) => fields?.['help'])).toContainEqual(
      'QUOTAS=store, but no quotas are stored. Run npm run quotas -- set FILE, or unset QUOTAS.',
    )
    expect(await store(quota)).toBe('1 quota stored.\n')
    const waitForResult = async (expected: string): Promise<void> => {
      while ((await getResult(client)) !== expected) await wait(50)
    }
    await waitForResult('200')
    await waitForResult('429 quota_exceeded')
    await store({ ...quota, limit: 1_000_000 })
    await waitForResult('200')
    expect(JSON.parse(await runTool('show'))).toEqual([{ ...quota, limit: 1_000_000 }])
  })

  test('are not replaced by a file that cannot be used', async () => {
    await store(quota)
    expect(await store({ ...quota, limit: 0 })).toContain("quota 1: 'limit' must be a whole number of at least 1.")
    expect(JSON.parse(await runTool('show'))).toEqual([quota])
  })

  test('stay in use if the row gets a mistake or the store fails, and health names the reason', async () => {
    await store(quota)
    const config = readConfig({ ...base, QUOTAS: 'store' })
    const { log, lines } = captureLog()
    let now = 0
    const source = createQuotaSource(config, log, () => now)
    const getNames = async () => (await source.current()).value?.map(({ name }) => name)
    expect([await getNames(), source.problem()]).toEqual([['stored'], undefined])
    await database.query("UPDATE llm_gateway_usage_wallet SET data = '{}' WHERE id = 'definition:quotas'")
    for (const _ of [1, 2]) {
      now += 60_000
      expect(await getNames()).toEqual(['stored'])
      expect(source.problem()).toContain('The stored definition is no JSON array of quotas.')
    }
    expect(lines.map(({ event }) => event)).toEqual(['quotas_misconfigured'])
    await database.query('RENAME TABLE llm_gateway_usage_wallet TO away')
    await database.query('CREATE TABLE llm_gateway_usage_wallet (other INT)')
    now += 60_000
    expect([await getNames(), source.problem()]).toEqual([
      ['stored'],
      'The stored quotas cannot be read just now. Those before stay in use.',
    ])
    await database.query('DROP TABLE llm_gateway_usage_wallet')
    await database.query('RENAME TABLE away TO llm_gateway_usage_wallet')
    await store(quota)
    now += 60_000
    expect([await getNames(), source.problem()]).toEqual([['stored'], undefined])
  })

  test.each([
    ['store', 'false', '503 usage_unavailable'],
    ['store', 'true', '200'],
    [JSON.stringify([quota]), 'false', '503 usage_unavailable'],
    [JSON.stringify([quota]), 'true', '200'],
  ])('%s with USAGE_FAIL_OPEN=%s and a store that fails give %s', async (QUOTAS, USAGE_FAIL_OPEN, expected) => {
    const MYSQL_DSN = 'mysql://u:p@127.0.0.1:1/db'
    const gateway = await startChat({ QUOTAS, USAGE_FAIL_OPEN, MYSQL_DSN })
    const calls = provider.requests.length
    expect(await getResult(connect(gateway, 'unlucky').withOptions({ maxRetries: 0 }))).toBe(expected)
    expect(provider.requests.length - calls).toBe(expected === '200' ? 1 : 0)
    expect(gateway.lines.map(({ event }) => event)).toContain('quotas_unavailable')
  })
})
