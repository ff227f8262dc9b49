import { setImmediate } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { createMysql } from '../../../shared/drivers/mysql.ts'
import { serveWallet } from '../../../shared/gateway/account/serve-wallet.ts'
import { readConfig } from '../../../shared/gateway/config/config.ts'
import { serve } from '../../../shared/http/server.ts'
import { waitForListening } from '../../../testing/servers/loopback-server.ts'
import { type TestDatabase, testDatabase } from '../../../testing/servers/test-database.ts'
import { json, type ReceivedRequest, type Script, type Step, sse } from '../../../testing/stand-ins/provider.ts'
import { answerInWire } from '../../support/answer-in-wire.ts'
import { startWay, type Way, ways } from '../../support/coding-wires.ts'
import { createLogin } from '../../support/create-login.ts'
import { describeWithDatabase } from '../../support/describe-with-database.ts'
import { readReply, readStatus } from '../../support/read-reply.ts'

const adminKey = 'admin-key-of-a-test-0123456789'

let database: TestDatabase
let environment: Record<string, string>
let wallet: Awaited<ReturnType<typeof waitForListening>>
let users = 0

/** Calls the function of wallets as the administrator. */
const callWallet = async (path: string, body?: object): Promise<Record<string, unknown>> => {
  const init = { headers: { 'x-gateway-key': adminKey }, ...(body && { method: 'POST', body: JSON.stringify(body) }) }
  return (await (await fetch(wallet.url + path, init)).json()) as Record<string, unknown>
}

/** Starts a way for a user of its own, who has points. */
const startWithPoints = async (way: Way, points: number, options: Parameters<typeof startWay>[1] = {}) => {
  users += 1
  const user = `user${users}`
  await callWallet('/admin/wallet/grant', { user_id: user, points, key: user })
  const started = await startWay(way, { ...options, environment: { ...environment, ...options.environment } })
  const headers = { authorization: `Bearer token-of-${user}` }
  return {
    ...started,
    post: (body: object = {}, signal?: AbortSignal) => started.post(body, { headers, ...(signal && { signal }) }),
    getWallet: () => callWallet(`/admin/wallet?user_id=${user}`),
  }
}

describeWithDatabase('a wallet', () => {
  beforeAll(async () => {
    database = await testDatabase()
    environment = {
      ...{ GATEWAY_ADMIN_KEY: adminKey, MYSQL_DSN: database.dsn, USAGE_STORE: 'mysql', WALLET: 'on' },
      BILLING_WEBHOOK_URL: '',
    }
    const login = { AUTH_MODE: 'remote', CLOUDBASE_ENV_ID: 'env', REMOTE_CONFIG_SOURCE: 'none' }
    const config = readConfig({ LOG_LEVEL: 'error', ...login, ...environment, MODEL_PROVIDER_MAP: '{}' })
    const server = { ...config.server, host: '127.0.0.1', port: 0 }
    wallet = await waitForListening(serve(serveWallet({ ...config, server }), server))
  })

  afterAll(async () => {
    await wallet?.close()
    if (database) await createMysql({ login: createLogin(database.dsn), poolMin: 0, poolMax: 1 }).end()
  })

  test.each(ways)('pays what the provider states, and gets the rest of its hold back: %s (R194)', async (_, way) => {
    const { post, getWallet } = await startWithPoints(way, 100)
    const reply = await post()
    expect([reply.status, reply.headers.get('x-points-charged')]).toEqual([200, '3'])
    await post({ stream: true }).then(readReply)
    expect(await getWallet()).toMatchObject({ balance: 94, reserved: 0, available: 94 })
  })

  test.each(ways)('refuses a call in the words of its wire if it holds too little: %s', async (_, way) => {
    const { post, getWallet, provider } = await startWithPoints(way, 5)
    const reply = await post()
    const type = way.wire === 'messages' ? 'billing_error' : 'insufficient_quota'
    expect(await readStatus(reply)).toMatchObject({
      status: 402,
      body: { error: { type, code: 'insufficient_quota' } },
    })
    expect(provider.requests).toHaveLength(0)
    expect(await getWallet()).toMatchObject({ balance: 5, reserved: 0 })
  })

  test.each(ways)('gets all back if the provider fails, whole or as a stream: %s', async (_, way) => {
    const failure = json({ error: { message: 'down' } }, 500)
    const { post, getWallet } = await startWithPoints(way, 100, { answer: () => failure })
    for (const stream of [false, true]) expect((await post({ stream })).status).toBe(502)
    expect(await getWallet()).toMatchObject({ balance: 100, reserved: 0 })
  })

  test.each(ways)('pays for what came of a stream that the provider cuts: %s', async (_, way) => {
    const words = Array.from({ length: 100 }, () => 'word ')
    const { post, getWallet } = await startWithPoints(way, 100, {
      answer: (request) => answerInWire(request, words, true),
    })
    expect(await readReply(await post({ stream: true }))).toMatchObject({ text: words.join(''), ending: 'error' })
    const { balance, reserved } = await getWallet()
    expect(reserved).toBe(0)
    expect(balance).toBeGreaterThanOrEqual(85)
    expect(balance).toBeLessThanOrEqual(91)
  })

  test.each(ways)('pays for what came of a stream that its client leaves: %s (R194)', async (_, way) => {
    const words = Array.from({ length: 100 }, () => 'word ')
    const hang = (request: ReceivedRequest): Script => {
      const steps = [...((answerInWire(request, words, true).body ?? []) as Iterable<Step>)]
      return { ...sse(), body: [...steps.slice(0, -1), 'hang'] }
    }
    const leaving = new AbortController()
    const { post, provider, getWallet } = await startWithPoints(way, 100, { answer: hang })
    const reader = (await post({ stream: true }, leaving.signal)).body?.getReader()
    let text = ''
    while (text.split('word ').length <= words.length)
      text += Buffer.from((await reader?.read())?.value ?? []).toString()
    expect(await getWallet()).toMatchObject({ balance: 100, reserved: expect.any(Number) })
    leaving.abort()
    await provider.requests[0]?.closed
    while ((await getWallet())['reserved'] !== 0) await setImmediate()
    const { balance } = await getWallet()
    expect(balance).toBeGreaterThanOrEqual(85)
    expect(balance).toBeLessThanOrEqual(91)
  })

  test.each([
    ['the bound of its tool', { max_uses: 4 }, 4],
    ['ten', {}, 10],
  ])('holds the price of searches, of which a call may make %s', async (_, bound, searches) => {
    const native = { wire: 'messages', isNative: true } as const
    // A search costs 50 points.
    const entry = { input_price_per_1m: '0', output_price_per_1m: '0', search_price_per_1k: '100' }
    const { post, getWallet } = await startWithPoints(native, searches * 50 - 1, { entry })
    const tools = [{ type: 'web_search_20250305', name: 'web_search', ...bound }]
    expect(await readStatus(await post({ tools }))).toMatchObject({
      status: 402,
      body: { error: { message: expect.stringContaining(`up to ${searches * 50} points`) } },
    })
    expect((await post()).status).toBe(200)
    expect(await getWallet()).toMatchObject({ balance: searches * 50 - 1, reserved: 0 })
  })

  const isResponses = ([, { wire }]: (typeof ways)[number]) => wire === 'responses'
  test.each(ways.filter(isResponses))('holds nothing for searches that do not run: %s', async (_, way) => {
    const entry = { input_price_per_1m: '0', output_price_per_1m: '0', search_price_per_1k: '100' }
    const { post } = await startWithPoints(way, 1, { entry })
    for (const type of ['web_search', 'web_search_2025_08_26', 'web_search_20250305'])
      expect((await post({ tools: [{ type, name: 'web_search' }] })).status).toBe(200)
  })

  test.each(ways.filter(isResponses))('lets no call go on without a limit on its tokens: %s', async (_, way) => {
    const { post, provider } = await startWithPoints(way, 1_000)
    await post({ max_output_tokens: null })
    const { max_tokens: ofChat, max_output_tokens: own = ofChat } = provider.requests[0]?.body ?? {}
    expect(own).toBe(4_096)
  })
})
