import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import OpenAI from 'openai'
import { createMysql } from '../../shared/drivers/mysql.ts'
import { serveWallet } from '../../shared/gateway/account/serve-wallet.ts'
import { readConfig } from '../../shared/gateway/config/config.ts'
import { flushUsage } from '../../shared/gateway/flush/flush-usage.ts'
import { createHealthDetail } from '../../shared/gateway/health/health-detail.ts'
import { relay } from '../../shared/gateway/relay/relay.ts'
import { serveText } from '../../shared/gateway/relay/serve-text.ts'
import { serveWire } from '../../shared/gateway/relay/serve-wire.ts'
import type { Handler } from '../../shared/http/request.ts'
import { serve } from '../../shared/http/server.ts'
import { readRow } from '../../shared/usage/store/read-row.ts'
import { toUsageRecord } from '../../shared/usage/store/row.ts'
import { embeddings } from '../../shared/wires/embeddings/embeddings.ts'
import { rerank } from '../../shared/wires/rerank/rerank.ts'
import { type LoopbackServer, loopbackServer, waitForListening } from '../../testing/servers/loopback-server.ts'
import { hasDatabase, type TestDatabase, testDatabase } from '../../testing/servers/test-database.ts'
import { json, type Script, type ScriptedProvider, scriptedProvider, sse } from '../../testing/stand-ins/provider.ts'
import { captureLog } from '../support/capture-log.ts'
import { createLogin } from '../support/create-login.ts'

const cleanups: (() => Promise<void>)[] = []
const usage = { prompt_tokens: 10, completion_tokens: 20, total_tokens: 30 }
const choices = [{ index: 0, message: { role: 'assistant', content: 'hi' }, finish_reason: 'stop' }]
const answer = json({ choices, usage })
const adminKey = 'admin-key-of-a-test-0123456789'

const noTokenPrices = { input_price_per_1m: '0', output_price_per_1m: '0' }
/** A search costs 50 points. */
const searchPrices = { ...noTokenPrices, search_price_per_1k: '100' }

const words = 'Answer in plain words and name the page. '.repeat(90)

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
    GATEWAY_ADMIN_KEY: adminKey,
    ALLOW_PRIVATE_UPSTREAMS: 'true',
    REMOTE_CONFIG_SOURCE: 'none',
    MYSQL_DSN: database.dsn,
    USAGE_STORE: 'mysql',
    WALLET: 'on',
    POINTS_PER_1K_TOKENS: '100',
    MODEL_PROVIDER_MAP: JSON.stringify({
      m: { api_base: `${provider.url}/v1`, max_tokens: 100 },
      open: { api_base: `${provider.url}/v1` },
      newer: { api_base: `${provider.url}/v1`, drop_params: ['max_tokens'] },
      bare: { api_base: `${provider.url}/v1`, drop_params: ['max_tokens'], max_tokens: 100 },
      several: { api_base: `${provider.url}/v1`, default_params: { n: 3 }, max_tokens: 100 },
      described: { api_base: `${provider.url}/v1`, max_tokens: 1, system_prompt: words },
      tooled: {
        api_base: `${provider.url}/v1`,
        max_tokens: 1,
        default_params: { tools: [{ type: 'function', function: { name: 'look_up', description: words } }] },
      },
      free: { api_base: `${provider.url}/v1`, ...noTokenPrices, max_tokens: 100 },
      searching: { api_base: `${provider.url}/v1`, ...searchPrices, max_tokens: 1 },
      searched: {
        api_base: `${provider.url}/v1`,
        ...searchPrices,
        max_tokens: 1,
        default_params: { enable_search: true },
      },
      sonar: { provider: 'perplexity', api_base: `${provider.url}/v1`, ...searchPrices, max_tokens: 1 },
    }),
  }
})

afterAll(async () => {
  for (const cleanup of cleanups.reverse()) await cleanup()
  if (database) await createMysql({ login: createLogin(database.dsn), poolMin: 0, poolMax: 1 }).end()
})

/** Starts one function on loopback. */
const start = async (make: (config: ReturnType<typeof readConfig>) => Handler, variables = {}): Promise<string> => {
  const config = readConfig({ ...base, ...variables })
  const server = { ...config.server, host: '127.0.0.1', port: 0, log: captureLog().log }
  const { url, close } = await waitForListening(serve(make({ ...config, server }), server))
  cleanups.push(close)
  return url
}

const startChat = (variables = {}): Promise<string> =>
  start((config) => relay('chat/completions', config, serveText), variables)

const connect = async (user: string, variables = {}): Promise<OpenAI> =>
  new OpenAI({ baseURL: `${await startChat(variables)}/v1`, apiKey: `token-of-${user}` })

const ask = { model: 'm', messages: [{ role: 'user' as const, content: 'Hello' }] }

let walletUrl: string | undefined

/** Calls the function of wallets. */
const callWallet = async (
  path: string,
  body?: object,
  headers: Record<string, string> = { 'x-gateway-key': adminKey },
) => {
  walletUrl ??= await start(serveWallet)
  const response = await fetch(walletUrl + path, {
    ...(body && { method: 'POST', body: JSON.stringify(body) }),
    headers,
  })
  return { status: response.status, body: (await response.json()) as Record<string, unknown> }
}

const grant = (user_id: string, points: number, key = `${user_id}-1`) =>
  callWallet('/admin/wallet/grant', { user_id, points, key, reason: 'test' })

const getWallet = async (user: string) =>
  (await callWallet('/v1/wallet', undefined, { authorization: `Bearer token-of-${user}` })).body

const describeWithDatabase = hasDatabase ? describe : describe.skip

describeWithDatabase('a call of a user with a wallet', () => {
  test('is charged by its usage, gets the rest back, and says so in headers', async () => {
    await grant('ann', 100)
    const client = await connect('ann')
    const { data, response } = await client.chat.completions.create(ask).withResponse()
    expect(data.usage).toEqual(usage)
    expect(response.headers.get('x-points-charged')).toBe('3')
    expect(response.headers.get('x-points-balance')).toBe('97')
    expect(await getWallet('ann')).toMatchObject({
      balance: 97,
      reserved: 0,
      available: 97,
      grants: [{ id: 'ann-1', points: 100, left: 97, expires_at: null, reason: 'test' }],
      entries: [
        { kind: 'charge', points: -3, balance: 97, request_id: response.headers.get('x-request-id') },
        { kind: 'grant', points: 100, balance: 100, grant_id: 'ann-1' },
      ],
      next: null,
    })
  })

  test('tells its points in the usage chunk of a stream', async () => {
    await grant('sue', 100)
    script = sse(
      `data: ${JSON.stringify({ choices: [{ index: 0, delta: { content: 'hi' }, finish_reason: 'stop' }] })}\n\n`,
      `data: ${JSON.stringify({ choices: [], usage })}\n\n`,
      'data: [DONE]\n\n',
    )
    const client = await connect('sue')
    const stream = await client.chat.completions.create({
      ...ask,
      stream: true,
      stream_options: { include_usage: true },
    })
    const chunks: object[] = []
    for await (const chunk of stream) chunks.push(chunk)
    script = answer
    expect(chunks.at(-1)).toMatchObject({ choices: [], usage, points: { charged: 3, balance: 97 } })
    expect(await getWallet('sue')).toMatchObject({ balance: 97, reserved: 0 })
  })

  test('is refused with 402 before the provider is called, and the official client does not repeat it (R93)', async () => {
    await grant('poor', 5)
    const client = await connect('poor')
    const calls = provider.requests.length
    await expect(client.chat.completions.create(ask)).rejects.toMatchObject({
      status: 402,
      code: 'insufficient_quota',
      type: 'insufficient_quota',
      message: expect.stringMatching(/may cost up to 1\d points, and 5 are available/),
    })
    expect(provider.requests).toHaveLength(calls)
    expect(await getWallet('poor')).toMatchObject({ balance: 5, reserved: 0, available: 5 })
  })

  test('needs no more than the tokens that it asks for', async () => {
    await grant('frugal', 5)
    const client = await connect('frugal')
    await client.chat.completions.create({ ...ask, max_tokens: 20 })
    expect(await getWallet('frugal')).toMatchObject({ balance: 2 })
  })

  test('always has a limit on its tokens', async () => {
    await grant('open', 1_000)
    const client = await connect('open')
    await client.chat.completions.create({ ...ask, model: 'open' })
    expect(provider.requests.at(-1)?.body['max_tokens']).toBe(4_096)
    await client.chat.completions.create({ ...ask, model: 'newer' })
    expect(provider.requests.at(-1)?.body).toMatchObject({ max_completion_tokens: 4_096 })
    await client.chat.completions.create({ ...ask, model: 'open', max_completion_tokens: 50 })
    expect(provider.requests.at(-1)?.body).not.toHaveProperty('max_tokens')
  })

  test.each([
    ['newer', { max_tokens: 20 }, { max_completion_tokens: 20 }, 2],
    ['bare', { max_tokens: 1 }, { max_completion_tokens: 100 }, 10],
    ['several', {}, { n: 3, max_tokens: 100 }, 30],
  ])('holds what the provider of %s may make of %j', async (model, params, sent, least) => {
    const client = await connect(`dropper-${model}`.replace('-', '_'))
    const refused = await client.chat.completions.create({ ...ask, ...params, model }).catch(String)
    expect(Number(/up to (\d+) points/.exec(String(refused))?.[1])).toBeGreaterThanOrEqual(least)
    await grant(`dropper_${model}`, 100)
    await client.chat.completions.create({ ...ask, ...params, model })
    expect(provider.requests.at(-1)?.body).toMatchObject(sent)
    if (model !== 'several') expect(provider.requests.at(-1)?.body).not.toHaveProperty('max_tokens')
  })

  const picture = { type: 'image_url', image_url: { url: 'https://a.cn/b.png' } } as const
  const textPart = { type: 'text', text: 'What is this?' } as const

  // 1,000 tokens cost 100 points. The words have some 800 tokens.
  test.each<[string, string, string | object[], number, number]>([
    ["the entry's system prompt", 'described', 'Hello', 60, 200],
    ["the entry's default tools", 'tooled', 'Hello', 60, 200],
    ['2,500 tokens for a picture by its URL', 'm', [textPart, picture], 250, 275],
    ['2,500 tokens for each of two pictures', 'm', [textPart, picture, picture], 500, 525],
  ])('holds %s', async (_, model, content, least, most) => {
    const client = await connect('onlooker')
    const call = { ...ask, model, messages: [{ role: 'user', content }] } as typeof ask
    const refused = await client.chat.completions.create(call).catch(String)
    const held = Number(/up to (\d+) points/.exec(String(refused))?.[1])
    expect([held >= least, held <= most]).toEqual([true, true])
  })

  test('is charged what it costs if it seemed to cost nothing', async () => {
    await grant('tiny', 100)
    script = json({ choices, usage: { prompt_tokens: 10, completion_tokens: 4_990, total_tokens: 5_000 } })
    const client = await connect('tiny', { POINTS_PER_1K_TOKENS: '1' })
    await client.chat.completions.create({ ...ask, max_tokens: 5 })
    script = answer
    expect(await getWallet('tiny')).toMatchObject({ balance: 95 })
    const [row] = await database.query("SELECT * FROM llm_gateway_usage WHERE user_id = 'tiny'")
    expect(toUsageRecord(readRow(row)).metadata).not.toHaveProperty('shortfall')
  })

  test('needs one point though it seems to cost none, so that an empty wallet pays for nothing (R93)', async () => {
    await grant('sly', 1)
    script = json({ choices, usage: { prompt_tokens: 10, completion_tokens: 4_990, total_tokens: 5_000 } })
    const client = await connect('sly', { POINTS_PER_1K_TOKENS: '1' })
    const call = () => client.chat.completions.create({ ...ask, max_tokens: 5 })
    await call()
    expect(await getWallet('sly')).toMatchObject({ balance: 0, entries: [{ points: -1, shortfall: 4 }, {}] })
    const refused = await call().catch((error) => error)
    script = answer
    expect(refused).toMatchObject({ status: 402, message: expect.stringContaining('up to 1 points, and 0 are') })
  })

  test('takes what is there if it costs more than it held, and its entry and its record have the shortfall', async () => {
    await grant('long', 20)
    script = json({ choices, usage: { prompt_tokens: 10, completion_tokens: 390, total_tokens: 400 } })
    const client = await connect('long')
    const { response } = await client.chat.completions.create(ask).withResponse()
    script = answer
    expect(response.headers.get('x-points-charged')).toBe('20')
    expect(await getWallet('long')).toMatchObject({
      balance: 0,
      entries: [{ kind: 'charge', points: -20, shortfall: 20 }, {}],
    })
    const id = response.headers.get('x-request-id')
    const [row] = await database.query('SELECT * FROM llm_gateway_usage WHERE id = ?', [id])
    expect(toUsageRecord(readRow(row))).toMatchObject({ points: 40, metadata: { shortfall: 20 } })
  })

  test('is charged the estimate if the provider states no usage', async () => {
    await grant('silent', 100)
    script = json({ choices: [{ ...choices[0], message: { role: 'assistant', content: '你好，世界！'.repeat(20) } }] })
    await (await connect('silent')).chat.completions.create(ask)
    script = answer
    const { balance } = await getWallet('silent')
    expect(balance).toBeLessThan(98)
    expect(balance).toBeGreaterThan(80)
  })

  test('costs nothing if the provider fails, and gives back its place', async () => {
    await grant('unlucky', 100)
    script = json({ error: { message: 'broken' } }, 500)
    const client = await connect('unlucky', { MAX_CONCURRENT_STREAMS: '1' })
    await expect(client.chat.completions.create(ask, { maxRetries: 0 })).rejects.toMatchObject({ status: 502 })
    script = answer
    await client.chat.completions.create(ask)
    expect(await getWallet('unlucky')).toMatchObject({ balance: 97, reserved: 0 })
  })

  test('holds its prompt only and is charged by its input, if it has no output', async () => {
    await grant('eve', 4)
    const url = await start((config) => relay('embeddings', config, serveWire(embeddings)))
    const client = new OpenAI({ baseURL: `${url}/v1`, apiKey: 'token-of-eve', maxRetries: 0 })
    script = json({ data: [{ embedding: [1] }], usage: { prompt_tokens: 10, total_tokens: 10 } })
    const { response } = await client.embeddings.create({ model: 'open', input: 'Hello' }).withResponse()
    script = answer
    expect(response.headers.get('x-points-charged')).toBe('1')
    expect(provider.requests.at(-1)?.body).toEqual({ model: 'open', input: 'Hello', encoding_format: 'float' })
    const calls = provider.requests.length
    const refused = await client.embeddings.create({ model: 'open', input: 'word '.repeat(90) }).catch((error) => error)
    expect(refused).toMatchObject({ status: 402, code: 'insufficient_quota' })
    expect(refused.message).toMatch(/Add points, or send less text\.$/)
    expect(provider.requests).toHaveLength(calls)
    expect(await getWallet('eve')).toMatchObject({ balance: 3, reserved: 0 })
  })

  test.each<[string, string, object, number]>([
    ['a chat that asks to search', 'searching', { enable_search: true }, 500],
    ['a chat that asks in the words of OpenAI', 'searching', { web_search_options: {} }, 500],
    ["a chat whose entry's default parameters ask", 'searched', {}, 500],
    ['a chat of a provider that always searches', 'sonar', {}, 500],
    ['a chat that turns the default off', 'searched', { enable_search: false }, 1],
    ['a chat that does not ask', 'searching', {}, 1],
  ])('holds the price of ten searches, or of none: %s', async (_, model, params, held) => {
    const client = await connect('seeker')
    const refused = await client.chat.completions.create({ ...ask, model, ...params }).catch(String)
    expect(refused).toContain(`up to ${held} points`)
  })

  test.each([
    [3, 1],
    [150, 2],
  ])('holds the searches that a ranking of %d documents is billed by: %d (R196)', async (count, searches) => {
    const url = await start((config) => relay('rerank', config, serveWire(rerank)))
    const reply = await fetch(`${url}/v1/rerank`, {
      method: 'POST',
      headers: { authorization: 'Bearer token-of-seeker' },
      body: JSON.stringify({ model: 'searching', query: 'animals', documents: Array(count).fill('cats purr') }),
    })
    expect([reply.status, await reply.text()]).toEqual([402, expect.stringContaining(`up to ${searches * 50} points`)])
  })

  test('needs no wallet if the model has no price', async () => {
    await (await connect('nobody')).chat.completions.create({ ...ask, model: 'free' })
    expect(await getWallet('nobody')).toMatchObject({ balance: 0, entries: [] })
  })

  test('gets the points of the day', async () => {
    const client = await connect('daily', { DAILY_POINTS: '20' })
    await client.chat.completions.create(ask)
    await client.chat.completions.create(ask)
    expect(await getWallet('daily')).toMatchObject({ balance: 14, grants: [{ reason: 'daily', points: 20, left: 14 }] })
  })

  test('passes exactly as often as the wallet allows when 60 come at once to two instances', async () => {
    await grant('crowd', 100)
    const [one, other] = [await connect('crowd'), await connect('crowd')]
    const results = await Promise.allSettled(
      Array.from({ length: 60 }, (_, index) =>
        (index % 2 ? one : other).chat.completions.create({ ...ask, max_tokens: 20 }),
      ),
    )
    const passed = results.filter(({ status }) => status === 'fulfilled').length
    const { balance, reserved } = await getWallet('crowd')
    expect([balance, reserved]).toEqual([100 - 3 * passed, 0])
    expect(passed).toBeGreaterThanOrEqual(20)
    expect(balance).toBeGreaterThanOrEqual(0)
  })

  test('is a 503 that may be repeated if the wallets cannot be reached, and no provider is called', async () => {
    const calls = provider.requests.length
    const url = await startChat({ MYSQL_DSN: 'mysql://u:p@127.0.0.1:1/db' })
    const response = await fetch(`${url}/v1/chat/completions`, {
      method: 'POST',
      headers: { authorization: 'Bearer token-of-ann' },
      body: JSON.stringify(ask),
    })
    expect([response.status, response.headers.get('retry-after'), response.headers.get('x-should-retry')]).toEqual([
      503,
      '1',
      null,
    ])
    expect(provider.requests).toHaveLength(calls)
  })

  test.each([{ USAGE_STORE: 'none' }, { USAGE_STORE: 'file', TENCENTCLOUD_RUNENV: 'SCF' }, { WALLET: 'true' }])(
    'is a 503 if wallets are not set up: %j (R216)',
    async (variables) => {
      const client = await connect('ann', variables)
      await expect(client.chat.completions.create(ask, { maxRetries: 0 })).rejects.toMatchObject({
        status: 503,
        code: 'gateway_misconfigured',
      })
    },
  )

  test('needs no wallet if it is the administrator’s', async () => {
    const url = await startChat()
    const response = await fetch(`${url}/v1/chat/completions`, {
      method: 'POST',
      headers: { 'x-gateway-key': adminKey },
      body: JSON.stringify(ask),
    })
    expect([response.status, response.headers.get('x-points-charged')]).toEqual([200, null])
  })
})

describeWithDatabase('the detail of /health', () => {
  test('names the models that cost nothing', async () => {
    const read = createHealthDetail(base)
    expect(await read()).toMatchObject({ wallet: { state: 'on', free_models: ['free'] } })
  })

  test('has a problem if no store can hold wallets', async () => {
    const { wallet, problems } = await createHealthDetail({ ...base, USAGE_STORE: 'none' })()
    expect(wallet).toEqual({ state: 'refused', free_models: [] })
    expect(problems).toContain(
      'WALLET=on needs USAGE_STORE=collection, mysql or rdb. Until then calls that cost points get a 503.',
    )
  })
})

describeWithDatabase('the flush', () => {
  test('settles the call of a function that died, by its record', async () => {
    await grant('dead', 100)
    const rows = [
      ['dead-final', 'final', 7],
      ['dead-void', 'void', 0],
    ] as const
    const url = await startChat()
    await fetch(`${url}/v1/chat/completions`, {
      method: 'POST',
      headers: { authorization: 'Bearer token-of-dead' },
      body: JSON.stringify(ask),
    })
    const [{ data } = { data: '' }] = await database.query(
      "SELECT data FROM llm_gateway_usage_wallet WHERE id = 'wallet:dead'",
    )
    const state = JSON.parse(data)
    for (const [id, kept, points] of rows) {
      state.holds.push({ id, takes: [{ grant: 'dead-1', points: 10 }], due_at: 1 })
      state.grants[0].left -= 10
      const columns = 'id, state, delivery, mark, model, upstream_model, provider, endpoint, day, points'
      await database.query(
        `INSERT INTO llm_gateway_usage (${columns}) VALUES (?, ?, 'none', '', 'm', 'm', 'openai', 'chat/completions', '2026-11-29', ?)`,
        [id, kept, points],
      )
    }
    await database.query(
      "UPDATE llm_gateway_usage_wallet SET data = ?, due_at = 1, version = version + 1 WHERE id = 'wallet:dead'",
      [JSON.stringify(state)],
    )
    expect(await getWallet('dead')).toMatchObject({ balance: 97, reserved: 20 })
    expect(await flushUsage(readConfig(base), {})({}, {})).toMatchObject({ ok: true, wallets: 1 })
    expect(await getWallet('dead')).toMatchObject({ balance: 90, reserved: 0 })
  })
})

describeWithDatabase('the flush, after a call without a record', () => {
  const content = '请把这段话翻译成英文：'.repeat(60)

  /** Begins a call whose provider does not respond yet. Resolves with a function that ends it. */
  const beginCall = async (user: string, variables: object): Promise<() => Promise<unknown>> => {
    let end = (): void => undefined
    const ended = new Promise<void>((resolve) => {
      end = resolve
    })
    const before = provider.requests.length
    const body = JSON.stringify({ choices, usage })
    script = { body: [ended, body] }
    const url = await startChat(variables)
    const reply = fetch(`${url}/v1/chat/completions`, {
      method: 'POST',
      headers: { authorization: `Bearer token-of-${user}` },
      body: JSON.stringify({ ...ask, messages: [{ role: 'user', content }] }),
    })
    while (provider.requests.length === before) await new Promise((resolve) => setTimeout(resolve, 10))
    return () => {
      end()
      return reply.then((response) => response.text())
    }
  }

  /** Makes the calls of a user due, as if they had begun long ago, and removes their records. */
  const forgetCalls = async (user: string): Promise<void> => {
    const id = `wallet:${user}`
    const [{ data } = { data: '' }] = await database.query('SELECT data FROM llm_gateway_usage_wallet WHERE id = ?', [
      id,
    ])
    const aged = String(data).replace(/"due_at":\d+/g, '"due_at":1')
    const sql = 'UPDATE llm_gateway_usage_wallet SET data = ?, due_at = 1, version = version + 1 WHERE id = ?'
    await database.query(sql, [aged, id])
    await database.query('DELETE FROM llm_gateway_usage WHERE user_id = ?', [user])
  }

  test.each([
    ['final', { USAGE_DURABILITY: 'final' }, true],
    ['passing', { USAGE_FAIL_OPEN: 'true' }, true],
    ['intent', {}, false],
  ])('charges the estimate of its prompt if it may have been served: %s', async (user, variables, isCharged) => {
    await grant(user, 1_000)
    const end = await beginCall(user, variables)
    await forgetCalls(user)
    expect(await flushUsage(readConfig({ ...base, ...variables }), {})({}, {})).toMatchObject({ ok: true })
    const wallet = await getWallet(user)
    await end()
    script = answer
    expect(wallet).toMatchObject({ reserved: 0 })
    const charged = 1_000 - Number(wallet['balance'])
    // The prompt has some 500 tokens, and 1,000 cost 100 points.
    expect([charged > 25, charged < 75, charged === 0]).toEqual([isCharged, true, !isCharged])
    if (isCharged) expect(wallet['entries']).toMatchObject([{ kind: 'charge', reason: 'no record' }, {}])
    // What the function says after all changes nothing.
    expect(await getWallet(user)).toMatchObject({ balance: wallet['balance'], reserved: 0 })
  })
})

describeWithDatabase('the endpoints of wallets', () => {
  test('grant once a key, and refuse another grant under the same key', async () => {
    expect(await grant('bob', 50, 'order-1')).toEqual({ status: 200, body: { granted: 50, balance: 50 } })
    expect(await grant('bob', 50, 'order-1')).toEqual({ status: 200, body: { granted: 50, balance: 50 } })
    expect(await grant('bob', 51, 'order-1')).toMatchObject({
      status: 409,
      body: { error: { code: 'idempotency_conflict', param: 'key' } },
    })
    expect(await callWallet('/admin/wallet/revoke', { key: 'order-1' })).toEqual({
      status: 200,
      body: { revoked: 50, spent: 0, balance: 0 },
    })
    expect(await callWallet('/admin/wallet/revoke', { key: 'order-1' })).toEqual({
      status: 200,
      body: { revoked: 50, spent: 0, balance: 0 },
    })
    expect(await callWallet('/admin/wallet/revoke', { key: 'order-9' })).toMatchObject({
      status: 404,
      body: { error: { code: 'grant_not_found' } },
    })
    expect((await callWallet('/admin/wallet?user_id=bob')).body).toMatchObject({ object: 'wallet', balance: 0 })
  })

  test('take an end in unix seconds or as a date, in the future', async () => {
    const body = { user_id: 'carl', points: 5, reason: 'week' }
    const seconds = Math.floor(Date.now() / 1000) + 3_600
    expect((await callWallet('/admin/wallet/grant', { ...body, key: 'c-1', expires_at: seconds })).status).toBe(200)
    expect(
      (await callWallet('/admin/wallet/grant', { ...body, key: 'c-2', expires_at: '2999-01-01T00:00:00+08:00' }))
        .status,
    ).toBe(200)
    expect((await getWallet('carl'))['grants']).toMatchObject([{ expires_at: seconds }, { expires_at: 32_472_115_200 }])
  })

  test.each([
    ['2999-01-01', 32_472_115_200],
    ['2999-01-01T00:00', 32_472_115_200],
    ['2999-01-01 00:00:00', 32_472_115_200],
    ['2998-12-31T16:00:00Z', 32_472_115_200],
  ])("take the end %s, which is China's without a zone", async (expires_at, seconds) => {
    const user_id = `zone-${expires_at.replaceAll(' ', '_')}`
    expect((await callWallet('/admin/wallet/grant', { user_id, points: 5, key: user_id, expires_at })).status).toBe(200)
    expect((await callWallet(`/admin/wallet?user_id=${user_id}`)).body['grants']).toMatchObject([
      { expires_at: seconds },
    ])
  })

  test.each([
    [{}, 'points'],
    [{ user_id: 'a', key: 'k', points: 0 }, 'points'],
    [{ user_id: 'a', key: 'k', points: 1.5 }, 'points'],
    [{ user_id: 'a', key: 'k', points: '5' }, 'points'],
    [{ user_id: '', key: 'k', points: 1 }, 'user_id'],
    [{ user_id: 'a', points: 1 }, 'key'],
    [{ user_id: 'a', key: 'two words', points: 1 }, 'key'],
    [{ user_id: 'a', key: 'daily:2026-11-29', points: 1 }, 'key'],
    [{ user_id: 'a', key: 'k', points: 1, reason: 5 }, 'reason'],
    [{ user_id: 'a', key: 'k', points: 1, expires_at: 5 }, 'expires_at'],
    [{ user_id: 'a', key: 'k', points: 1, expires_at: 'soon' }, 'expires_at'],
    [{ user_id: 'a', key: 'k', points: 1, expires_at: '1 January 2999' }, 'expires_at'],
    [{ user_id: 'a', key: 'k', points: 1, expires_at: '2999-02-31T00:00+99:99' }, 'expires_at'],
    [{ user_id: 'a', key: 'k', points: 1, expires_at: true }, 'expires_at'],
  ])('refuse a grant of %j and name the field', async (body, param) => {
    expect(await callWallet('/admin/wallet/grant', body)).toMatchObject({ status: 400, body: { error: { param } } })
  })

  test('join the wallets of two ids of one user, which either id reads then (R220)', async () => {
    await grant('wx:app:gus', 50, 'gus-1')
    const join = { alias: 'wx:app:gus', user_id: 'gus' }
    for (let time = 0; time < 2; time++)
      expect(await callWallet('/admin/wallet/alias', join)).toEqual({
        status: 200,
        body: { user_id: 'gus', balance: 50 },
      })
    expect(await grant('wx:app:gus', 10, 'gus-2')).toEqual({ status: 200, body: { granted: 10, balance: 60 } })
    const { body } = await callWallet('/v1/wallet', undefined, { authorization: 'Bearer token-of-gus' })
    expect(body).toMatchObject({ balance: 60, entries: [{ kind: 'grant' }, { kind: 'move', user_id: 'wx:app:gus' }] })
    expect(await callWallet('/admin/wallet/alias', { ...join, user_id: 'eve' })).toMatchObject({
      status: 409,
      body: { error: { code: 'idempotency_conflict', param: 'alias' } },
    })
    expect(await callWallet('/admin/wallet/alias', { alias: 'a b', user_id: 'gus' })).toMatchObject({
      status: 400,
      body: { error: { param: 'alias' } },
    })
  })

  test('join the counts that quotas of a user have of both ids (R221)', async () => {
    await grant('first', 60)
    const quotas = [{ name: 'pair', unit: 'requests', window: 'day', per: 'user', limit: 2 }]
    const variables = { QUOTAS: JSON.stringify(quotas) }
    await callWallet('/admin/wallet/alias', { alias: 'second', user_id: 'first' })
    for (const user of ['first', 'second'])
      await (await connect(user, variables)).chat.completions.create({ ...ask, max_tokens: 20 })
    for (const user of ['first', 'second'])
      await expect((await connect(user, variables)).chat.completions.create(ask)).rejects.toMatchObject({ status: 429 })
  })

  test.each([
    ['/admin/wallet/grant', 401],
    ['/admin/wallet/revoke', 401],
    ['/admin/wallet/alias', 401],
    ['/admin/wallet/other', 404],
    ['/v1/wallet', 404],
  ])('change nothing without the admin key: POST %s', async (path, status) => {
    expect((await callWallet(path, {}, { authorization: 'Bearer token-of-bob' })).status).toBe(status)
  })

  test('show a user no other wallet', async () => {
    const { body } = await callWallet('/admin/wallet?user_id=ann', undefined, { authorization: 'Bearer token-of-nosy' })
    expect(body).toMatchObject({ balance: 0, grants: [], entries: [] })
  })

  test.each(['limit=0', 'limit=101', 'limit=x', 'before=0'])('refuse the page %s', async (query) => {
    expect((await callWallet(`/v1/wallet?${query}`, undefined, { authorization: 'Bearer token-of-bob' })).status).toBe(
      400,
    )
  })

  test('are 503 if wallets are off', async () => {
    const url = await start(serveWallet, { WALLET: 'off' })
    const response = await fetch(`${url}/v1/wallet`, { headers: { authorization: 'Bearer token-of-bob' } })
    expect(response.status).toBe(503)
  })
})
