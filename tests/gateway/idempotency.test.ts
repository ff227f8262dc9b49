import { setTimeout as wait } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import OpenAI, { type APIError, type ClientOptions } from 'openai'
import { createMysql } from '../../shared/drivers/mysql.ts'
import { readConfig } from '../../shared/gateway/config/config.ts'
import { flushUsage } from '../../shared/gateway/flush/flush-usage.ts'
import { relay } from '../../shared/gateway/relay/relay.ts'
import { serveText } from '../../shared/gateway/relay/serve-text.ts'
import { serveWire } from '../../shared/gateway/relay/serve-wire.ts'
import { serve } from '../../shared/http/server.ts'
import { embeddings } from '../../shared/wires/embeddings/embeddings.ts'
import { type LoopbackServer, loopbackServer, waitForListening } from '../../testing/servers/loopback-server.ts'
import { type TestDatabase, testDatabase } from '../../testing/servers/test-database.ts'
import { json, type Script, type ScriptedProvider, scriptedProvider, sse } from '../../testing/stand-ins/provider.ts'
import { captureLog } from '../support/capture-log.ts'
import { createLogin } from '../support/create-login.ts'
import { describeWithDatabase } from '../support/describe-with-database.ts'

const usage = { prompt_tokens: 10, completion_tokens: 20, total_tokens: 30 }
const choices = [{ index: 0, message: { role: 'assistant', content: 'hi' }, finish_reason: 'stop' }]
const answer = json({ choices, usage })
const failure = json({ error: { message: 'broken' } }, 500)
const busy = json({ error: { message: 'busy' } }, 429)
const ask = { model: 'm', messages: [{ role: 'user' as const, content: 'Hello' }] }

const cleanups: (() => Promise<void>)[] = []
let provider: ScriptedProvider
let scripts: Script[] = []
let authService: LoopbackServer
let database: TestDatabase
let base: Record<string, string>

beforeAll(async () => {
  provider = await scriptedProvider(() => scripts.shift() ?? answer)
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
    USAGE_STORE: 'none',
    POINTS_PER_1K_TOKENS: '100',
    CORS_ORIGINS: 'https://app.example.com',
    MODEL_PROVIDER_MAP: JSON.stringify({ m: { api_base: `${provider.url}/v1`, max_tokens: 100 } }),
  }
})

afterAll(async () => {
  for (const cleanup of cleanups.reverse()) await cleanup()
})

const start = async (variables: Record<string, string>, operation: 'chat/completions' | 'embeddings') => {
  const config = readConfig({ ...base, ...variables })
  const server = { ...config.server, host: '127.0.0.1', port: 0, log: captureLog().log }
  const wire = operation === 'embeddings' ? serveWire(embeddings) : serveText
  const { url, close } = await waitForListening(serve(relay(operation, { ...config, server }, wire), server))
  cleanups.push(close)
  return url
}

interface ConnectOptions extends ClientOptions {
  readonly variables?: Record<string, string>
  readonly operation?: 'chat/completions' | 'embeddings'
}

const connect = async ({ variables = {}, operation = 'chat/completions', ...options }: ConnectOptions = {}) =>
  new OpenAI({ baseURL: `${await start(variables, operation)}/v1`, apiKey: 'token-of-ann', maxRetries: 0, ...options })

const withKey = (key: string) => ({ headers: { 'Idempotency-Key': key } })

const getError = (work: Promise<unknown>): Promise<APIError> =>
  work.then(
    () => {
      throw new Error('The call passed.')
    },
    (error: APIError) => error,
  )

/** A response that waits until it may end. */
const createGate = () => {
  let open: () => void = () => undefined
  const gate = new Promise<void>((resolve) => {
    open = resolve
  })
  const text = JSON.stringify({ choices, usage })
  const script: Script = { headers: { 'content-type': 'application/json' }, body: [gate, text] }
  return { open: () => open(), script }
}

const waitForCall = async (count: number): Promise<void> => {
  while (provider.requests.length < count) await wait(5)
}

describe('a key of one instance', () => {
  test('runs its call once, and answers a repeat with the id, outcome and points of the first (R170)', async () => {
    const client = await connect()
    const { response } = await client.chat.completions.create(ask, withKey('once')).withResponse()
    const calls = provider.requests.length
    // The same request in another form.
    const again = { messages: [{ content: 'Hello', role: 'user' as const }], model: 'm' }
    const error = await getError(client.chat.completions.create(again, { ...withKey('once'), maxRetries: 2 }))
    const id = response.headers.get('x-request-id')
    expect(error).toMatchObject({ status: 409, code: 'idempotency_conflict', type: 'invalid_request_error' })
    expect(error.error).toMatchObject({ call: { request_id: id, state: 'ended', outcome: 'complete', points: 3 } })
    expect(error.message).toContain(`(${id}) has ended: complete, 3 points. This one was not run and costs nothing.`)
    expect(error.headers?.get('x-should-retry')).toBe('false')
    expect(provider.requests).toHaveLength(calls)
  })

  test('is refused with 422 for another body or endpoint, and with 400 if it is empty or too long', async () => {
    const client = await connect()
    await client.chat.completions.create(ask, withKey('body'))
    const other = await getError(client.chat.completions.create({ ...ask, max_tokens: 5 }, withKey('body')))
    expect(other).toMatchObject({ status: 422, code: 'idempotency_key_reused', param: 'Idempotency-Key' })
    for (const key of ['', ' ', 'k'.repeat(256), 'é'])
      expect(await getError(client.chat.completions.create(ask, withKey(key)))).toMatchObject({
        status: 400,
        code: 'invalid_value',
        param: 'Idempotency-Key',
      })
  })

  test('takes a body that begins with a byte order mark, as without it', async () => {
    const url = await start({}, 'chat/completions')
    const headers = { authorization: 'Bearer token-of-ann', 'idempotency-key': 'marked' }
    const body = JSON.stringify(ask)
    const post = async (text: string) =>
      (await fetch(`${url}/v1/chat/completions`, { method: 'POST', headers, body: text })).status
    expect([await post(`\ufeff${body}`), await post(body)]).toEqual([200, 409])
  })

  test('is one for each user', async () => {
    const client = await connect()
    await client.chat.completions.create(ask, withKey('shared'))
    const bob = client.withOptions({ apiKey: 'token-of-bob' })
    expect((await bob.chat.completions.create(ask, withKey('shared'))).choices).toHaveLength(1)
  })

  test('lets the repeat of a call pass that failed cleanly, also the one that a client sends by itself (R170)', async () => {
    const client = await connect({ maxRetries: 2 })
    const calls = provider.requests.length
    scripts = [busy]
    expect((await client.chat.completions.create(ask, withKey('clean'))).choices).toHaveLength(1)
    expect(provider.requests.length - calls).toBe(2)
    scripts = [failure]
    expect(await getError(client.chat.completions.create(ask, withKey('failed')))).toMatchObject({ status: 502 })
    expect((await client.chat.completions.create(ask, withKey('failed'))).choices).toHaveLength(1)
    const limited = await connect({ variables: { RATE_LIMIT_PER_MINUTE: '1' } })
    await limited.chat.completions.create(ask)
    expect(await getError(limited.chat.completions.create(ask, withKey('limited')))).toMatchObject({ status: 429 })
    const free = await connect()
    expect((await free.chat.completions.create(ask, withKey('limited'))).choices).toHaveLength(1)
  })

  test('is free again if another part of the admission refuses the call', async () => {
    const client = await connect({ variables: { QUOTAS: 'no json' } })
    for (const _ of [1, 2])
      expect(await getError(client.chat.completions.create(ask, withKey('refused')))).toMatchObject({
        status: 503,
        code: 'gateway_misconfigured',
      })
  })

  test('tells a repeat that the first runs, and when to ask again; the official client learns then how it ended (R170)', async () => {
    const { open, script } = createGate()
    const openLate: typeof fetch = async (url, init) => {
      const response = await fetch(url, init)
      if (response.status === 409) open()
      return response
    }
    const client = await connect({ maxRetries: 3, fetch: openLate })
    const url = client.baseURL
    const patient = new OpenAI({ baseURL: url, apiKey: 'token-of-ann', maxRetries: 0 })
    const calls = provider.requests.length
    scripts = [script]
    const first = patient.chat.completions.create(ask, withKey('running'))
    await waitForCall(calls + 1)
    const early = await getError(patient.chat.completions.create(ask, withKey('running')))
    expect(early).toMatchObject({ status: 409, code: 'idempotency_conflict', error: { call: { state: 'running' } } })
    expect([early.headers?.get('retry-after'), early.headers?.get('x-should-retry')]).toEqual(['2', null])
    const later = await getError(client.chat.completions.create(ask, withKey('running')))
    expect(later).toMatchObject({ error: { call: { state: 'ended', points: 3 } } })
    expect((await first).choices).toHaveLength(1)
    expect(provider.requests).toHaveLength(calls + 1)
  })

  test('charges once if the answer was lost and the official client repeats the call by itself (R170)', async () => {
    let sent = 0
    const loseFirst: typeof fetch = async (url, init) => {
      const response = await fetch(url, init)
      if (++sent > 1) return response
      await response.text()
      throw new TypeError('terminated')
    }
    const client = await connect({ maxRetries: 2, fetch: loseFirst })
    const calls = provider.requests.length
    const error = await getError(client.chat.completions.create(ask, withKey('lost')))
    expect(error).toMatchObject({ status: 409, error: { call: { state: 'ended', outcome: 'complete', points: 3 } } })
    expect([sent, provider.requests.length - calls]).toEqual([2, 1])
  })

  test('keeps the result of a stream, of one that its client left, and of vectors', async () => {
    const client = await connect()
    const chunk = (fields: object) => `data: ${JSON.stringify({ choices: [], ...fields })}\n\n`
    const text = chunk({ choices: [{ index: 0, delta: { content: 'hi' }, finish_reason: 'stop' }] })
    scripts = [sse(text, chunk({ usage }), 'data: [DONE]\n\n')]
    const stream = await client.chat.completions.create({ ...ask, stream: true }, withKey('stream'))
    for await (const _ of stream);
    const repeat = client.chat.completions.create({ ...ask, stream: true }, withKey('stream'))
    expect(await getError(repeat)).toMatchObject({ error: { call: { outcome: 'complete', points: 3 } } })

    const open = chunk({ choices: [{ index: 0, delta: { content: 'hi' } }] })
    scripts = [sse(open, 'hang')]
    const left = await client.chat.completions.create({ ...ask, stream: true }, withKey('left'))
    for await (const _ of left) break
    let error = await getError(client.chat.completions.create({ ...ask, stream: true }, withKey('left')))
    while (JSON.stringify(error.error).includes('running')) {
      await wait(20)
      error = await getError(client.chat.completions.create({ ...ask, stream: true }, withKey('left')))
    }
    expect(error).toMatchObject({ error: { call: { state: 'ended', outcome: 'client_gone' } } })

    const vectors = await connect({ operation: 'embeddings' })
    scripts = [json({ data: [{ embedding: [1] }], usage: { prompt_tokens: 10, total_tokens: 10 } })]
    await vectors.embeddings.create({ model: 'm', input: 'Hello' }, withKey('vectors'))
    const vectorRepeat = await getError(vectors.embeddings.create({ model: 'm', input: 'Hello' }, withKey('vectors')))
    expect(vectorRepeat).toMatchObject({ error: { call: { state: 'ended', points: 1 } } })
  })

  test('is free again if the prompt was refused, so that a repeat gets the same error', async () => {
    const client = await connect({ variables: { MODERATION: 'words', MODERATION_WORDS: 'forbidden' } })
    const messages = [{ role: 'user' as const, content: 'This is forbidden.' }]
    for (const _ of [1, 2])
      expect(await getError(client.chat.completions.create({ ...ask, messages }, withKey('filtered')))).toMatchObject({
        status: 400,
        code: 'content_policy_violation',
      })
  })

  test('is a header that pages of other origins may send', async () => {
    const url = await start({}, 'chat/completions')
    const response = await fetch(`${url}/v1/chat/completions`, {
      method: 'OPTIONS',
      headers: {
        origin: 'https://app.example.com',
        'access-control-request-method': 'POST',
        'access-control-request-headers': 'authorization,content-type,idempotency-key',
      },
    })
    expect(response.headers.get('access-control-allow-headers')).toContain('idempotency-key')
  })

  test('is not sent by the official client unless the app asks for it', async () => {
    const seen: (string | null)[] = []
    const spy: typeof fetch = (url, init) => {
      seen.push(new Headers(init?.headers).get('idempotency-key'))
      return fetch(url, init)
    }
    const client = await connect({ fetch: spy })
    await client.chat.completions.create(ask)
    await client.chat.completions.create(ask, withKey('asked'))
    expect(seen).toEqual([null, 'asked'])
  })
})

describeWithDatabase('a key of all instances', () => {
  let shared: Record<string, string>

  beforeAll(async () => {
    database = await testDatabase()
    shared = { MYSQL_DSN: database.dsn, USAGE_STORE: 'mysql' }
    cleanups.push(() => createMysql({ login: createLogin(database.dsn), poolMin: 0, poolMax: 1 }).end())
  })

  test('runs one of 20 simultaneous calls at two instances (R170)', async () => {
    const clients = [await connect({ variables: shared }), await connect({ variables: shared })]
    const calls = provider.requests.length
    const results = await Promise.allSettled(
      Array.from({ length: 20 }, (_, index) => clients[index % 2]?.chat.completions.create(ask, withKey('crowd'))),
    )
    expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
    expect(provider.requests.length - calls).toBe(1)
    const refused = results.flatMap((result) => (result.status === 'rejected' ? [result.reason.status] : []))
    expect(new Set(refused)).toEqual(new Set([409]))
  })

  /** Leaves the row of a call whose function died. */
  const leaveDead = async (
    key: string,
    variables: Record<string, string>,
    record: 'open' | 'void' | 'final' | undefined,
  ) => {
    const client = await connect({ variables })
    const { response } = await client.chat.completions.create(ask, withKey(key)).withResponse()
    const id = String(response.headers.get('x-request-id'))
    const rows = await database.query('SELECT * FROM llm_gateway_usage_wallet')
    const row = rows.find(({ data }) => String(data).includes(id))
    const { result: _, ...call } = JSON.parse(String(row?.['data'])).call
    const data = JSON.stringify({ call: { ...call, until: 1 }, expiresAt: Date.now() + 60_000 })
    await database.query('UPDATE llm_gateway_usage_wallet SET data = ?, version = version + 1 WHERE id = ?', [
      data,
      row?.['id'],
    ])
    if (record) await database.query('UPDATE llm_gateway_usage SET state = ? WHERE id = ?', [record, id])
    else await database.query('DELETE FROM llm_gateway_usage WHERE id = ?', [id])
    return connect({ variables })
  }

  test.each([
    ['final', 'intent', '409 ended'],
    ['open', 'intent', '409 running'],
    ['void', 'intent', '200'],
    [undefined, 'intent', '200'],
    [undefined, 'final', '409 unknown'],
  ] as const)(
    'of a dead function with the record %s (%s) is answered with %s (R170)',
    async (record, durability, expected) => {
      const variables = { ...shared, USAGE_DURABILITY: durability }
      const client = await leaveDead(`dead-${record}-${durability}`, variables, record)
      const result = await client.chat.completions.create(ask, withKey(`dead-${record}-${durability}`)).then(
        () => '200',
        ({ status, error }: APIError) => `${status} ${(error as { call: { state: string } }).call.state}`,
      )
      expect(result).toBe(expected)
    },
  )

  test('is a 503 that may be repeated if the store cannot be reached, and no provider is called', async () => {
    const client = await connect({ variables: { ...shared, MYSQL_DSN: 'mysql://u:p@127.0.0.1:1/db' } })
    const calls = provider.requests.length
    const error = await getError(client.chat.completions.create(ask, withKey('unreachable')))
    expect(error).toMatchObject({ status: 503, code: 'usage_unavailable' })
    expect([error.headers?.get('retry-after'), error.headers?.get('x-should-retry')]).toEqual(['1', null])
    expect(provider.requests).toHaveLength(calls)
  })

  test('is removed by the flush after 24 hours, also if wallets are off', async () => {
    const client = await connect({ variables: shared })
    await client.chat.completions.create(ask, withKey('old'))
    const count = async () =>
      (await database.query("SELECT id FROM llm_gateway_usage_wallet WHERE id LIKE 'call:%'")).length
    const before = await count()
    await database.query('UPDATE llm_gateway_usage_wallet SET due_at = ? WHERE id LIKE ? LIMIT 1', [
      Date.now(),
      'call:%',
    ])
    await flushUsage(readConfig({ ...base, ...shared }), {})({}, {})
    expect(await count()).toBe(before - 1)
  })
})
