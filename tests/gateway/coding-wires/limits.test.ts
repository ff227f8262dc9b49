import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { createMysql } from '../../../shared/drivers/mysql.ts'
import { type TestDatabase, testDatabase } from '../../../testing/servers/test-database.ts'
import { startWay, ways, wires } from '../../support/coding-wires.ts'
import { createLogin } from '../../support/create-login.ts'
import { describeWithDatabase } from '../../support/describe-with-database.ts'
import { readStatus } from '../../support/read-reply.ts'

const messages = { wire: 'messages', isNative: false } as const
const countPath = { path: '/v1/messages/count_tokens' }

/** The type of an error with the status 429 in each wire. */
const busy = { messages: 'rate_limit_error', responses: 'rate_limit_error' }

describe('the rate of a user', () => {
  const environment = { RATE_LIMIT_PER_MINUTE: '2' }

  test.each(ways)('holds for calls, and is refused in the words of the wire: %s (R194)', async (_, way) => {
    const { post, provider } = await startWay(way, { environment })
    for (const stream of [false, true]) expect((await post({ stream })).status).toBe(200)
    const reply = await post()
    expect(await readStatus(reply)).toMatchObject({
      status: 429,
      body: { error: { type: busy[way.wire], code: 'rate_limit_exceeded' } },
    })
    expect(Number(reply.headers.get('retry-after'))).toBeGreaterThan(0)
    expect(provider.requests).toHaveLength(2)
    const others = await post({}, { headers: { authorization: 'Bearer token-of-bob' } })
    expect(others.status).toBe(200)
  })

  test('holds for the counting of tokens, which calls no provider and has no record', async () => {
    const { post, provider, records } = await startWay(messages, { environment })
    for (let count = 0; count < 2; count++) {
      const reply = await post({}, countPath)
      expect([reply.status, await reply.json()]).toEqual([200, { input_tokens: expect.any(Number) }])
    }
    for (const options of [countPath, {}]) {
      const reply = await post({}, options)
      expect(await readStatus(reply)).toMatchObject({ status: 429, body: { error: { type: 'rate_limit_error' } } })
    }
    expect([provider.requests.length, records.length]).toEqual([0, 0])
  })
})

test.each(wires)('the calls of a user at the same time are bounded: %s', async (_, way) => {
  let goOn: () => void = () => undefined
  const running = new Promise<void>((resolve) => {
    goOn = resolve
  })
  const environment = { MAX_CONCURRENT_STREAMS: '1' }
  const { post, provider } = await startWay(way, { environment, answer: () => ({ body: [running, 'cut'] }) })
  const first = post()
  while (provider.requests.length === 0) await new Promise((resolve) => setTimeout(resolve, 5))
  const reply = await post({ stream: true })
  expect(await readStatus(reply)).toMatchObject({ status: 429, body: { error: { type: busy[way.wire] } } })
  goOn()
  expect((await first).status).toBe(502)
})

describeWithDatabase('a quota', () => {
  let database: TestDatabase
  let environment: Record<string, string>

  const define = (name: string, unit: string, limit: number) => ({
    ...environment,
    QUOTAS: JSON.stringify([{ name, unit, limit, window: 'day', per: 'user' }]),
  })

  beforeAll(async () => {
    database = await testDatabase()
    environment = { MYSQL_DSN: database.dsn, USAGE_STORE: 'mysql', BILLING_WEBHOOK_URL: '' }
  })

  afterAll(async () => {
    if (database) await createMysql({ login: createLogin(database.dsn), poolMin: 0, poolMax: 1 }).end()
  })

  test.each(ways)(
    'counts the tokens of the record, and refuses in the words of the wire: %s (R194)',
    async (name, way) => {
      const quotas = define(name.replaceAll(' ', '-'), 'tokens', 150)
      const { post, provider } = await startWay(way, { environment: quotas })
      // A call holds its 100 tokens and its prompt, and leaves the 30 of its usage.
      for (const stream of [false, true]) await (await post({ stream })).text()
      const reply = await post()
      expect(await readStatus(reply)).toMatchObject({
        status: 429,
        body: { error: { type: busy[way.wire], code: 'quota_exceeded' } },
      })
      expect(reply.headers.get('x-should-retry')).toBe('false')
      expect(provider.requests).toHaveLength(2)
    },
  )

  test('neither counts nor stops requests that count tokens', async () => {
    const { post } = await startWay(messages, { environment: define('calls', 'requests', 1) })
    const statuses = []
    for (const options of [countPath, {}, {}, countPath]) statuses.push((await post({}, options)).status)
    expect(statuses).toEqual([200, 200, 429, 200])
  })
})
