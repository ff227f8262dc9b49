import { beforeAll, beforeEach, expect, jest, test } from '@jest/globals'
import OpenAI from 'openai'
import { readConfig } from '../../../shared/gateway/config/config.ts'
import { flushUsage } from '../../../shared/gateway/flush/flush-usage.ts'
import { createHealthDetail } from '../../../shared/gateway/health/health-detail.ts'
import { relay } from '../../../shared/gateway/relay/relay.ts'
import { serveText } from '../../../shared/gateway/relay/serve-text.ts'
import { createAlerts } from '../../../shared/gateway/stores/alerts.ts'
import { openWallets } from '../../../shared/gateway/stores/open-wallets.ts'
import { createStore } from '../../../shared/gateway/stores/usage-store.ts'
import { serve } from '../../../shared/http/server.ts'
import { toFinalFields, toOpenRow, type UsageRow } from '../../../shared/usage/store/row.ts'
import { grantPoints, revokePoints } from '../../../shared/wallet/grants.ts'
import { joinWallets } from '../../../shared/wallet/join-wallets.ts'
import { createWallets, type PointsHold, type Wallets } from '../../../shared/wallet/wallets.ts'
import { loopbackServer, waitForListening } from '../../../testing/servers/loopback-server.ts'
import { testDatabase } from '../../../testing/servers/test-database.ts'
import { json, type Script, scriptedProvider } from '../../../testing/stand-ins/provider.ts'
import { targetAt } from '../../support/call-provider.ts'
import { captureLog } from '../../support/capture-log.ts'
import { describeWithDatabase } from '../../support/describe-with-database.ts'
import { makeOpening } from '../../support/make-opening.ts'
import { onCleanup } from '../../support/on-cleanup.ts'

const usage = { prompt_tokens: 10, completion_tokens: 20, total_tokens: 30 }
const message = { role: 'assistant', content: 'hi' }
const answer = json({ choices: [{ index: 0, message, finish_reason: 'stop' }], usage })
const refuse = (status: number, error: object): Script => json({ error }, status)

type Sent = { cause: string; kind: string } & Record<string, unknown>

let dsn: string
let script: Script
beforeEach(() => {
  script = answer
})

/** Starts a provider, a receiver of alerts, and what instances of a gateway need. */
const start = async (variables: Record<string, string | undefined> = {}) => {
  const sent: Sent[] = []
  const receiver = { status: 200, isSilent: false, posts: 0 }
  const provider = await scriptedProvider(() => script)
  const server = await loopbackServer(async (request, response) => {
    const pieces: Buffer[] = []
    for await (const piece of request) pieces.push(piece as Buffer)
    receiver.posts++
    if (receiver.isSilent) return
    if (receiver.status === 200)
      sent.push(...(JSON.parse(Buffer.concat(pieces).toString()) as { alerts: Sent[] }).alerts)
    response.writeHead(receiver.status).end()
  })
  const login = await loopbackServer((request, response) => {
    const user = request.headers.authorization?.slice('Bearer token-of-'.length)
    response.setHeader('content-type', 'application/json').end(JSON.stringify({ sub: user, name: user }))
  })
  onCleanup(provider.close, server.close, login.close)
  const base = `${provider.url}/v1`
  const environment = {
    ...{ LOG_LEVEL: 'error', AUTH_MODE: 'remote', CLOUDBASE_ENV_ID: 'env', CLOUDBASE_AUTH_ORIGIN: login.url },
    ...{ ALLOW_PRIVATE_UPSTREAMS: 'true', REMOTE_CONFIG_SOURCE: 'none', MYSQL_DSN: dsn, USAGE_STORE: 'mysql' },
    ...{ POINTS_PER_1K_TOKENS: '1000', ALERT_WEBHOOK_URL: server.url },
    MODEL_PROVIDER_MAP: JSON.stringify({
      m: { api_base: base, api_key: 'sk-secret-one', max_tokens: 50 },
      other: { api_base: base, api_key: 'sk-secret-one', upstream_model: 'second', max_tokens: 50 },
      several: {
        targets: [
          { api_base: base, api_key: 'sk-secret-two' },
          { api_base: base, api_key: 'sk-secret-three' },
        ],
      },
    }),
    ...variables,
  }
  const startInstance = async () => {
    const config = readConfig(environment)
    const { log, lines } = captureLog()
    const options = { ...config.server, host: '127.0.0.1', port: 0, log }
    const handler = relay('chat/completions', { ...config, server: options }, serveText)
    const { url, close } = await waitForListening(serve(handler, options))
    onCleanup(close)
    const client = new OpenAI({ baseURL: `${url}/v1`, apiKey: 'token-of-ann', maxRetries: 0 })
    const ask = (model = 'm') => client.chat.completions.create({ model, messages: [{ role: 'user', content: 'hi' }] })
    return { ask, lines }
  }
  const flush = async () => {
    const { log, lines } = captureLog()
    const config = readConfig(environment)
    const report = await flushUsage({ ...config, server: { ...config.server, log } }, {})({}, {})
    return { report, lines }
  }
  return { environment, receiver, sent, startInstance, flush }
}

const kinds = (sent: readonly Sent[]): string[] => sent.map(({ kind }) => kind).sort()

/** Waits until what a call has noted is in the store: no call waits for it. */
const flushUntil = async (flush: () => Promise<unknown>, isDone: () => boolean): Promise<void> => {
  while (!isDone()) await flush()
}

jest.setTimeout(120_000)

describeWithDatabase('alerts', () => {
  beforeAll(async () => {
    dsn = (await testDatabase()).dsn
  })

  test('say once that a key is refused and that an account is empty, of any number of models and instances (R200)', async () => {
    const { startInstance, flush, sent } = await start({ MYSQL_DSN: (await testDatabase()).dsn })
    const instances = await Promise.all([startInstance(), startInstance(), startInstance()])
    const askAndFlush = () => Promise.all([flush(), instances[0]?.ask().catch(() => undefined)])
    script = refuse(401, { message: 'Incorrect API key provided: sk-secret-one', code: 'invalid_api_key' })
    for (const { ask } of instances) for (const model of ['m', 'other']) await ask(model).catch(() => undefined)
    await flushUntil(askAndFlush, () => sent.length > 0)
    expect(sent).toHaveLength(1)
    expect(sent[0]).toMatchObject({ kind: 'key_refused', provider: 'openai' })
    expect(['m', 'other']).toContain(sent[0]?.['target'])
    script = refuse(402, { message: 'Insufficient Balance' })
    for (const { ask } of instances) await ask().catch(() => undefined)
    await flushUntil(askAndFlush, () => sent.length > 1)
    await flush()
    expect(kinds(sent)).toEqual(['account_empty', 'key_refused'])
    expect(JSON.stringify(sent)).not.toMatch(/sk-secret|127\.0\.0\.1/)
  })

  test('name each key of a model with several targets (R200)', async () => {
    const { startInstance, flush, sent } = await start({ MYSQL_DSN: (await testDatabase()).dsn })
    const { ask, lines } = await startInstance()
    script = refuse(401, { message: 'invalid api key' })
    await ask('several').catch(() => undefined)
    await flushUntil(flush, () => sent.length > 1)
    expect(sent.map(({ target }) => target).sort()).toEqual(['several/1', 'several/2'])
    expect(lines.filter(({ event }) => event === 'target_rests')).toHaveLength(2)
  })

  test('say that a target rests for long, and not that it rests for a while (R200)', async () => {
    const { environment, flush, sent } = await start({ MYSQL_DSN: (await testDatabase()).dsn })
    const { noteRest } = createAlerts(readConfig(environment), captureLog().log)
    const now = Date.now()
    const rest = { id: 'x', reason: 'outage', isTold: false } as const
    await noteRest(
      { ...targetAt('https://a.example.com'), name: 'short' },
      { ...rest, until: now + 60_000 },
      now - 200_000,
    )
    await noteRest(
      { ...targetAt('https://a.example.com'), name: 'long' },
      { ...rest, until: now + 60_000 },
      now - 240_000,
    )
    await flush()
    expect(sent).toMatchObject([{ cause: 'target_rests:long', target: 'long', reason: 'outage', minutes: 5 }])
  })

  test('tell of a wallet that a call takes below the bound, and of no call after it (R200)', async () => {
    const variables = { WALLET: 'on', ALERT_LOW_BALANCE: '950', MYSQL_DSN: (await testDatabase()).dsn }
    const { environment, startInstance, flush, sent } = await start(variables)
    const wallets = await openWallets(readConfig(environment))()
    await grantPoints(wallets, { user_id: 'ann', points: 1_000, key: 'one', reason: 'test', expires_at: null })
    const { ask } = await startInstance()
    await ask()
    await flush()
    expect(sent).toEqual([])
    await ask()
    await ask()
    const { report } = await flush()
    expect(report).toMatchObject({ alerts: 1 })
    expect(sent).toMatchObject([{ cause: 'low_balance:ann', user_id: 'ann', balance: 940, bound: 950 }])
    await flush()
    expect(sent).toHaveLength(1)
  })

  test.each<[string, (wallets: Wallets) => Promise<unknown>]>([
    ['the flush', () => Promise.resolve()],
    ['a call', async (wallets) => void (await wallets.reserve({ user: 'bob', id: 'one', points: 1, maxMs: 1_000 }))],
    ['a revocation of another grant', (wallets) => revokePoints(wallets, 'lasting')],
  ])('tell of a wallet that the end of a grant takes below the bound, found by %s (R200)', async (_, work) => {
    const variables = { WALLET: 'on', ALERT_LOW_BALANCE: '500', MYSQL_DSN: (await testDatabase()).dsn }
    const { environment, flush, sent } = await start(variables)
    const wallets = await openWallets(readConfig(environment))()
    const order = { user_id: 'bob', points: 400, reason: 'test' }
    await grantPoints(wallets, { ...order, key: 'lasting', expires_at: null })
    const earlier = createWallets({ store: wallets.store, dailyPoints: 0, now: () => Date.now() - 3_600_000 })
    await grantPoints(earlier, { ...order, key: 'short', expires_at: Date.now() - 1_000 })
    await work(wallets)
    await flush()
    await flush()
    expect(sent).toMatchObject([{ cause: 'low_balance:bob', user_id: 'bob', bound: 500 }])
    expect(Number(sent[0]?.['balance'])).toBeLessThanOrEqual(400)
  })

  test('tell of no wallet whose points of the day have ended: the next call brings new ones', async () => {
    const variables = { WALLET: 'on', ALERT_LOW_BALANCE: '500', MYSQL_DSN: (await testDatabase()).dsn }
    const { environment, flush, sent } = await start(variables)
    const { store } = await openWallets(readConfig(environment))()
    const yesterday = createWallets({ store, dailyPoints: 600, now: () => Date.now() - 86_400_000 })
    const call = await yesterday.reserve({ user: 'bob', id: 'one', points: 1, maxMs: 1_000 })
    await (call as PointsHold).settle(0)
    await flush()
    await flush()
    expect((await store.read('wallet:bob'))?.data).toContain('"expire"')
    expect(sent).toEqual([])
  })

  test('tell of no wallet that joins another: its points are there', async () => {
    const variables = { WALLET: 'on', ALERT_LOW_BALANCE: '500', MYSQL_DSN: (await testDatabase()).dsn }
    const { environment, flush, sent } = await start(variables)
    const wallets = await openWallets(readConfig(environment))()
    await grantPoints(wallets, { user_id: 'openid', points: 600, key: 'one', reason: 'test', expires_at: null })
    await joinWallets(wallets, { alias: 'openid', user_id: 'bob' })
    await flush()
    expect(sent).toEqual([])
    await ((await wallets.reserve({ user: 'openid', id: 'one', points: 200, maxMs: 1_000 })) as PointsHold).settle(200)
    await flush()
    expect(sent).toMatchObject([{ cause: 'low_balance:bob', balance: 400 }])
  })

  test('tell of a spend of the day above its bounds, and of records that were given up (R200)', async () => {
    const own = (await testDatabase()).dsn
    const { environment, flush, sent } = await start({
      ...{ MYSQL_DSN: own, ALERT_DAILY_POINTS: '100', ALERT_DAILY_YUAN: '2' },
    })
    const store = createStore(readConfig(environment).usage.store)
    const closing = { outcome: 'complete', usage, estimated: false, latencyMs: 1, ttftMs: 1 } as const
    const add = async (
      id: string,
      charge: { points: number; costNanoYuan: number },
      fields: Partial<UsageRow> = {},
    ) => {
      const open = toOpenRow(makeOpening({ requestId: id }), { now: Date.now(), maxMs: 1, written: true })
      await store?.insert([{ ...open, ...toFinalFields(closing, charge, Date.now()), ...fields }])
    }
    await add('one', { points: 100, costNanoYuan: 2e9 }, { delivery: 'sent' })
    await flush()
    expect(sent).toEqual([])
    await add('two', { points: 1, costNanoYuan: 5e8 }, { delivery: 'dead' })
    await flush()
    expect(sent).toMatchObject([
      { kind: 'spend_points', points: 101, bound: 100 },
      { kind: 'spend_yuan', yuan: '2.5', bound: 2 },
      { kind: 'records_dead', count: 1 },
    ])
    await flush()
    expect(sent).toHaveLength(3)
    await store?.end()
  })

  test('neither delay nor fail a call if their receiver is silent; the flush logs it and goes on (R201)', async () => {
    const { receiver, startInstance, flush, sent } = await start({ MYSQL_DSN: (await testDatabase()).dsn })
    receiver.isSilent = true
    const { ask } = await startInstance()
    script = refuse(401, { message: 'invalid api key' })
    await expect(ask()).rejects.toMatchObject({ status: 502 })
    expect(receiver.posts).toBe(0)
    let lines: Awaited<ReturnType<typeof flush>>['lines'] = []
    await flushUntil(
      async () => {
        lines = (await flush()).lines
      },
      () => receiver.posts > 0,
    )
    expect(lines).toMatchObject([
      { event: 'alert_failed', fields: { reason: expect.stringMatching(/^the receiver did not answer/) } },
    ])
    script = answer
    await expect(ask()).resolves.toMatchObject({ usage })
    expect(sent).toEqual([])
  })

  test('leave nothing in the store and load nothing if there is no receiver', async () => {
    const { environment, startInstance, flush, receiver } = await start({
      ...{ ALERT_WEBHOOK_URL: undefined, MYSQL_DSN: (await testDatabase()).dsn },
    })
    const { ask } = await startInstance()
    script = refuse(401, { message: 'invalid api key' })
    await ask().catch(() => undefined)
    const { report } = await flush()
    expect(report).not.toHaveProperty('alerts')
    expect(receiver.posts).toBe(0)
    const config = readConfig({ ...environment, WALLET: 'on' })
    expect(await (await openWallets(config)()).store.read('alerts')).toBeUndefined()
  })

  test.each([
    [{ ALERT_WEBHOOK_URL: 'ftp://x' }, 'ALERT_WEBHOOK_URL must be an http or https URL.'],
    [{ ALERT_DAILY_POINTS: 'many' }, 'ALERT_DAILY_POINTS must be a whole number from 0'],
    [{ ALERT_LOW_BALANCE: '5' }, 'ALERT_LOW_BALANCE needs WALLET=on.'],
    [{ USAGE_STORE: 'none' }, 'ALERT_WEBHOOK_URL needs USAGE_STORE=collection, mysql or rdb'],
    [{ ALLOW_PRIVATE_UPSTREAMS: 'false' }, 'ALERT_WEBHOOK_URL is at a private address.'],
  ])('that cannot be sent as configured with %j are a problem of GET /health (R201)', async (variables, problem) => {
    const { environment, flush, receiver } = await start(variables)
    expect((await createHealthDetail(environment)()).problems).toContainEqual(expect.stringContaining(problem))
    const { lines } = await flush()
    if (environment.USAGE_STORE !== 'none')
      expect(lines).toContainEqual({
        ...{ level: 'error', event: 'alerts_misconfigured' },
        fields: { help: expect.stringContaining(problem) },
      })
    expect(receiver.posts).toBe(0)
  })
})
