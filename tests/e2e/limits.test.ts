import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import OpenAI from 'openai'
import { builtGateway } from '../../testing/servers/built-gateway.ts'
import { type StartedFunction, startFunction } from '../../testing/servers/start-function.ts'
import { testDatabase } from '../../testing/servers/test-database.ts'
import { type CloudBaseAuth, startCloudBaseAuth } from '../../testing/stand-ins/cloudbase-auth.ts'
import { cloudbaseDatabase } from '../../testing/stand-ins/cloudbase-database.ts'
import { json, type Script, type ScriptedProvider, scriptedProvider, sse } from '../../testing/stand-ins/provider.ts'
import { ageMysqlLimits } from '../limits/age-mysql-limits.ts'
import { describeWithDatabase } from '../support/describe-with-database.ts'
import { onCleanup } from '../support/on-cleanup.ts'
import { injectDatabase, standInCredentials } from '../usage/store/stores.ts'

const message = { role: 'assistant', content: '好', refusal: null }
const usage = { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 }
const whole = {
  ...{ id: 'a', object: 'chat.completion', created: 1, model: 'm', usage },
  choices: [{ index: 0, message, logprobs: null, finish_reason: 'stop' }],
}

describe('the limits of one request', () => {
  const tooLarge = [0, -1, 5, 2.5, 1e300, '2', true, [2], {}]
  const invalidCounts = [0, -1, 2.5, 1e300, '2', true, [2], {}]
  const table = {
    'llm-chat-completions': {
      n: tooLarge,
      best_of: tooLarge,
      max_tokens: invalidCounts,
      max_completion_tokens: invalidCounts,
    },
    'llm-completions': {
      ...{ n: tooLarge, best_of: tooLarge, max_tokens: invalidCounts, max_completion_tokens: invalidCounts },
      prompt: [Array(17).fill('a'), Array(17).fill([1])],
    },
  } as const

  test.each(Object.entries(table))(
    'rejects values above the limits with the field’s name and calls no provider: %s (R61)',
    async (name, fields) => {
      const gateway = await builtGateway({
        answer: () => json(whole),
        function: name as keyof typeof table,
        models: { m: { max_tokens: 100 } },
      })
      onCleanup(gateway.close)
      for (const [param, values] of Object.entries(fields)) {
        for (const value of values) {
          const reply = await gateway.call({ [param]: value })
          const { error } = (await reply.json()) as { error: object }
          expect([param, value, reply.status, error]).toEqual([
            param,
            value,
            400,
            expect.objectContaining({ code: 'invalid_value', param, type: 'invalid_request_error' }),
          ])
        }
      }
      expect(gateway.provider.requests).toEqual([])
    },
  )

  test('forwards 16 prompts, an array of tokens, and max_tokens up to the model’s limit', async () => {
    const answer = { ...whole, object: 'text_completion', choices: [] }
    const models = { m: { max_tokens: 100, default_params: { n: 8 }, completions_mode: 'native' } }
    const gateway = await builtGateway({ answer: () => json(answer), function: 'llm-completions', models })
    onCleanup(gateway.close)
    await gateway.call({ prompt: Array(16).fill('a'), n: 4, best_of: 4, max_tokens: 900 })
    await gateway.call({ prompt: Array(999).fill(7) })
    expect(gateway.provider.requests.map(({ body }) => body)).toEqual([
      expect.objectContaining({ n: 4, best_of: 4, max_tokens: 100 }),
      expect.objectContaining({ prompt: Array(999).fill(7), n: 8, max_tokens: 100 }),
    ])
  })

  test('takes the limits from MAX_CHOICES and MAX_PROMPTS', async () => {
    const environment = { MAX_CHOICES: '2', MAX_PROMPTS: '1' }
    const gateway = await builtGateway({ answer: () => json(whole), function: 'llm-completions', environment })
    onCleanup(gateway.close)
    expect((await gateway.call({ n: 3 })).status).toBe(400)
    expect((await gateway.call({ prompt: ['a', 'b'] })).status).toBe(400)
    expect((await gateway.call({ n: 2, prompt: ['a'] })).status).toBe(200)
  })
})

/** A store that instances share. */
interface SharedStore {
  /** The variables of an instance that uses it. */
  readonly environment: Readonly<Record<string, string>>
  /** Makes every counted request and lease older, in milliseconds. */
  readonly age: (milliseconds: number) => Promise<void>
}

const earlier = (text: string, milliseconds: number): string =>
  String(Number(text.slice(0, 13)) - milliseconds) + text.slice(13)

const stores: Readonly<Record<'collection' | 'mysql', () => Promise<SharedStore>>> = {
  collection: async () => {
    const database = await cloudbaseDatabase()
    onCleanup(database.close)
    return {
      environment: {
        ...injectDatabase(database),
        USAGE_STORE: 'collection',
        TENCENTCLOUD_SECRETID: standInCredentials.secretId,
        TENCENTCLOUD_SECRETKEY: standInCredentials.secretKey,
      },
      age: async (milliseconds) => {
        for (const document of database.documents('llm_gateway_usage_limits') ?? []) {
          const { grants, leases } = document as unknown as { grants: number[]; leases: string[] }
          document['grants'] = grants.map((grant) => Math.max(0, grant - milliseconds))
          document['leases'] = leases.map((lease) => earlier(lease, milliseconds))
        }
      },
    }
  },
  mysql: async () => {
    const { dsn, query } = await testDatabase()
    return {
      environment: { USAGE_STORE: 'mysql', MYSQL_DSN: dsn },
      age: (milliseconds) => ageMysqlLimits(query, milliseconds),
    }
  },
}

let auth: CloudBaseAuth
beforeAll(async () => {
  auth = await startCloudBaseAuth()
})
afterAll(() => auth.close())

const instances = async (count: number, provider: ScriptedProvider, variables: Readonly<Record<string, string>>) => {
  const environment = {
    ...auth.environment,
    AUTH_STATE_CHECK: 'off',
    ALLOW_PRIVATE_UPSTREAMS: 'true',
    MODEL_PROVIDER_MAP: JSON.stringify({ m: { api_base: `${provider.url}/v1` } }),
    LOG_LEVEL: 'error',
    ...variables,
  }
  const starting = Array.from({ length: count }, () => startFunction('llm-chat-completions', environment))
  const started = await Promise.all(starting)
  onCleanup(() => Promise.all(started.map(({ stop }) => stop())))
  return started
}

const post = ({ url }: StartedFunction, token: string, body: object = {}, init: RequestInit = {}): Promise<Response> =>
  fetch(`${url}/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}` },
    ...init,
    body: JSON.stringify({ model: 'm', messages: [{ role: 'user', content: 'hi' }], ...body }),
  })

/** Replies do not wait for their record, because a busy machine stores it late. */
const withoutIntent = { USAGE_DURABILITY: 'final' }

/** Leaves eight seconds of the minute, because a busy machine takes seconds for the requests of a test. */
const maxAgeMs = 52_000

const countByStatus = (statuses: readonly number[]): Record<number, number> => {
  const counts: Record<number, number> = {}
  for (const status of statuses) counts[status] = (counts[status] ?? 0) + 1
  return counts
}

const shared = (kind: keyof typeof stores) => () => {
  test('accepts exactly as many requests as the rate limit if 4 instances get 50 each at once (R62)', async () => {
    const { environment } = await stores[kind]()
    const provider = await scriptedProvider(() => json(whole))
    onCleanup(provider.close)
    // A request with a place among those that run is counted once, even if the reply of a slow store is lost.
    const limits = { RATE_LIMIT_PER_MINUTE: '37', MAX_CONCURRENT_STREAMS: '100' }
    const started = await instances(4, provider, { ...environment, ...withoutIntent, ...limits })
    const token = auth.token()
    const replies = await Promise.all(started.flatMap((one) => Array.from({ length: 50 }, () => post(one, token))))
    expect(started.map(({ output }) => output()).join('')).not.toContain('limits_unavailable')
    expect(countByStatus(replies.map(({ status }) => status))).toEqual({ 200: 37, 429: 163 })
    expect(provider.requests).toHaveLength(37)
    const other = auth.token({ claims: { sub: '1900000000000000002' } })
    expect((await post(started[0] as StartedFunction, other)).status).toBe(200)
  }, 60_000)

  test('accepts exactly as many requests as the quota if 4 instances get 50 each at once (R96)', async () => {
    const { environment } = await stores[kind]()
    const provider = await scriptedProvider(() => json(whole))
    onCleanup(provider.close)
    const quotas = [
      { name: 'free', unit: 'requests', window: 'total', per: 'user', limit: 37 },
      { name: 'tokens', unit: 'tokens', window: 'total', per: 'user', limit: 10_000_000 },
    ]
    const variables = { ...environment, ...withoutIntent, QUOTAS: JSON.stringify(quotas) }
    const started = await instances(4, provider, variables)
    const token = auth.token()
    const replies = await Promise.all(started.flatMap((one) => Array.from({ length: 50 }, () => post(one, token))))
    expect(started.map(({ output }) => output()).join('')).not.toContain('quotas_unavailable')
    expect(countByStatus(replies.map(({ status }) => status))).toEqual({ 200: 37, 429: 163 })
    expect(provider.requests).toHaveLength(37)
  }, 60_000)

  test('runs exactly as many streams as the limit if 4 instances get 50 requests each at once (R62)', async () => {
    const { environment } = await stores[kind]()
    let end: () => void = () => undefined
    const ended = new Promise<void>((resolve) => (end = resolve))
    const finish = `data: ${JSON.stringify({ ...whole, object: 'chat.completion.chunk', choices: [{ index: 0, delta: message, finish_reason: 'stop' }] })}\n\ndata: [DONE]\n\n`
    const provider = await scriptedProvider(() => sse(': open\n\n', ended, finish))
    onCleanup(provider.close)
    const started = await instances(4, provider, { ...environment, ...withoutIntent, MAX_CONCURRENT_STREAMS: '7' })
    const token = auth.token()
    let refused = 0
    const streams = started.flatMap((one) =>
      Array.from({ length: 50 }, async () => {
        const reply = await post(one, token, { stream: true })
        if (reply.status === 429) refused++
        if (refused === 193) end()
        return { status: reply.status, text: await reply.text() }
      }),
    )
    const replies = await Promise.all(streams)
    expect(started.map(({ output }) => output()).join('')).not.toContain('limits_unavailable')
    expect(countByStatus(replies.map(({ status }) => status))).toEqual({ 200: 7, 429: 193 })
    expect(provider.requests).toHaveLength(7)
    const again = await Promise.all(started.slice(0, 3).map((one) => post(one, token, { stream: true })))
    expect(again.map(({ status }) => status)).toEqual([200, 200, 200])
  }, 60_000)

  test('frees the streams of a killed instance when its leases expire (R64)', async () => {
    const { environment, age } = await stores[kind]()
    const provider = await scriptedProvider(() =>
      sse(
        `data: ${JSON.stringify({ ...whole, object: 'chat.completion.chunk', choices: [{ index: 0, delta: message, finish_reason: null }] })}\n\n`,
        'hang',
      ),
    )
    onCleanup(provider.close)
    const limits = { MAX_CONCURRENT_STREAMS: '2', UPSTREAM_TIMEOUT_TOTAL: '30000' }
    const [dying, living] = (await instances(2, provider, { ...environment, ...limits })) as [
      StartedFunction,
      StartedFunction,
    ]
    const token = auth.token()
    const held = await Promise.all([1, 2].map(() => post(dying, token, { stream: true })))
    expect(held.map(({ status }) => status)).toEqual([200, 200])
    dying.child.kill('SIGKILL')
    await once(dying.child, 'exit')
    expect((await post(living, token, { stream: true })).status).toBe(429)
    await age(80_000)
    expect((await post(living, token, { stream: true })).status).toBe(429)
    await age(10_000)
    const next = await Promise.all([1, 2].map(() => post(living, token, { stream: true })))
    expect(next.map(({ status }) => status)).toEqual([200, 200])
    expect((await post(living, token, { stream: true })).status).toBe(429)
  }, 30_000)

  test('sends a correct retry-after: the same instance accepts a request after it, and none before (R63)', async () => {
    const { environment, age } = await stores[kind]()
    const provider = await scriptedProvider(() => json(whole))
    onCleanup(provider.close)
    const [one, other] = (await instances(2, provider, { ...environment, RATE_LIMIT_PER_MINUTE: '2' })) as [
      StartedFunction,
      StartedFunction,
    ]
    const token = auth.token()
    expect((await post(one, token)).status).toBe(200)
    expect((await post(other, token)).status).toBe(200)
    await age(maxAgeMs)
    const refused = await post(one, token)
    expect(refused.status).toBe(429)
    const seconds = Number(refused.headers.get('retry-after'))
    expect(refused.headers.get('x-ratelimit-limit-requests')).toBe('2')
    expect(await refused.json()).toMatchObject({
      error: { code: 'rate_limit_exceeded', type: 'rate_limit_error', param: null },
      code: 'RATE_LIMIT_EXCEEDED',
      message: `You may send 2 requests a minute. Try again in ${seconds} seconds.`,
    })
    expect(seconds).toBeGreaterThanOrEqual(1)
    expect(seconds).toBeLessThanOrEqual((60_000 - maxAgeMs) / 1_000)
    expect((await post(other, token)).status).toBe(429)
    await sleep(seconds * 1_000)
    expect((await post(one, token)).status).toBe(200)
  }, 30_000)
}

describe('a slot of the concurrency limit', () => {
  const failing = { error: { message: 'no', type: 'x', code: null, param: null } }
  const began = `data: ${JSON.stringify({ ...whole, object: 'chat.completion.chunk', choices: [{ index: 0, delta: message, finish_reason: null }] })}\n\n`

  test.each<[string, () => Script, object, number]>([
    ['a whole answer', () => json(whole), {}, 200],
    ['a stream', () => sse(began, 'data: [DONE]\n\n'), { stream: true }, 200],
    ['a stream that breaks off', () => sse(began, 'cut'), { stream: true }, 200],
    ['a refusal of the provider', () => json(failing, 400), {}, 400],
    ['a failure of the provider', () => json(failing, 500), {}, 502],
  ])('is released after %s (R64)', async (_, answer, body, status) => {
    const provider = await scriptedProvider(answer)
    onCleanup(provider.close)
    const [one] = (await instances(1, provider, { MAX_CONCURRENT_STREAMS: '1' })) as [StartedFunction]
    for (let time = 0; time < 3; time++) {
      const reply = await post(one, auth.token(), body)
      await reply.text()
      expect(reply.status).toBe(status)
    }
  })

  test('is released if the client leaves (R64)', async () => {
    const provider = await scriptedProvider((_, attempt) => (attempt === 1 ? sse(began, 'hang') : json(whole)))
    onCleanup(provider.close)
    const [one] = (await instances(1, provider, { MAX_CONCURRENT_STREAMS: '1' })) as [StartedFunction]
    const token = auth.token()
    const reply = await post(one, token, { stream: true })
    expect((await post(one, token)).status).toBe(429)
    await reply.body?.cancel()
    await provider.requests[0]?.closed
    for (let tries = 0; tries < 100 && (await post(one, token)).status === 429; tries++) await sleep(20)
    expect((await post(one, token)).status).toBe(200)
  })

  test('is needed by users only, not by the administrator or without authentication', async () => {
    const provider = await scriptedProvider(() => json(whole))
    onCleanup(provider.close)
    const limits = { RATE_LIMIT_PER_MINUTE: '1', GATEWAY_ADMIN_KEY: 'an-admin-key-of-some-length' }
    const [one] = (await instances(1, provider, limits)) as [StartedFunction]
    const [open] = (await instances(1, provider, { ...limits, DISABLE_AUTH: 'true' })) as [StartedFunction]
    const asAdmin = { headers: { 'x-gateway-key': limits.GATEWAY_ADMIN_KEY } }
    const statuses = async (call: () => Promise<Response>) => [(await call()).status, (await call()).status]
    expect(await statuses(() => post(one, auth.token()))).toEqual([200, 429])
    expect(await statuses(() => post(one, '', {}, asAdmin))).toEqual([200, 200])
    expect(await statuses(() => post(open, ''))).toEqual([200, 200])
  })

  test('is awaited by the official client as long as retry-after requires (R63)', async () => {
    const { environment, age } = await stores.collection()
    const provider = await scriptedProvider(() => json(whole))
    onCleanup(provider.close)
    const [one] = (await instances(1, provider, { ...environment, RATE_LIMIT_PER_MINUTE: '1' })) as [StartedFunction]
    const client = new OpenAI({ baseURL: `${one.url}/v1`, apiKey: auth.token(), maxRetries: 0 })
    const messages = [{ role: 'user' as const, content: 'hi' }]
    await client.chat.completions.create({ model: 'm', messages })
    await age(maxAgeMs)
    await expect(client.chat.completions.create({ model: 'm', messages })).rejects.toBeInstanceOf(OpenAI.RateLimitError)
    const answer = await client.chat.completions.create({ model: 'm', messages }, { maxRetries: 1 })
    expect(answer.id).toBe('a')
  }, 40_000)
})

describe('the limits that instances share in a collection', shared('collection'))
describeWithDatabase('the limits that instances share in MySQL', () => {
  shared('mysql')()

  test('uses the connections of the usage records, so that an instance has at most MYSQL_POOL_MAX', async () => {
    const { dsn, query } = await testDatabase()
    const provider = await scriptedProvider(() => json(whole))
    onCleanup(provider.close)
    const pool = { USAGE_STORE: 'mysql', MYSQL_DSN: dsn, MYSQL_POOL_MIN: '1', MYSQL_POOL_MAX: '2' }
    const [one] = await instances(1, provider, { ...pool, RATE_LIMIT_PER_MINUTE: '100', MAX_CONCURRENT_STREAMS: '50' })
    const replies = await Promise.all(Array.from({ length: 20 }, () => post(one as StartedFunction, auth.token())))
    expect(countByStatus(replies.map(({ status }) => status))).toEqual({ 200: 20 })
    const held = await query('SELECT * FROM information_schema.processlist WHERE db = DATABASE() AND command = ?', [
      'Sleep',
    ])
    expect(held).toHaveLength(2)
  }, 30_000)
})
