import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { type LoopbackServer, loopbackServer } from '../../testing/servers/loopback-server.ts'
import { type StartedFunction, startFunction } from '../../testing/servers/start-function.ts'
import { type CloudBaseAuth, startCloudBaseAuth } from '../../testing/stand-ins/cloudbase-auth.ts'
import { addUsers, deniedUser, tokenKinds } from '../auth/token-kinds.ts'

const adminKey = 'the-admin-key-of-the-test'
const chat = { model: 'm', messages: [{ role: 'user', content: 'hi' }] }

interface Endpoint {
  readonly name: string
  readonly path: string
  readonly body?: object
}

const endpoints: readonly Endpoint[] = [
  { name: 'llm-chat-completions', path: '/v1/chat/completions', body: chat },
  { name: 'llm-chat-completions', path: '/ai/custom/v1/chat/completions', body: chat },
  { name: 'llm-completions', path: '/v1/completions', body: { model: 'm', prompt: 'hi' } },
  { name: 'llm-models', path: '/v1/models' },
  { name: 'llm-models', path: '/v1/models/m' },
]

let auth: CloudBaseAuth
let provider: LoopbackServer
let providerCalls = 0
const started = new Map<string, StartedFunction>()
const sent = new Set<string>()

const answer = JSON.stringify({
  id: 'c1',
  object: 'chat.completion',
  model: 'm',
  choices: [{ index: 0, message: { role: 'assistant', content: 'hello' }, text: 'hello', finish_reason: 'stop' }],
  usage: { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 },
})

beforeAll(async () => {
  auth = await startCloudBaseAuth()
  addUsers(auth)
  provider = await loopbackServer((request, response) => {
    providerCalls += 1
    request.resume()
    response.writeHead(200, { 'content-type': 'application/json' }).end(answer)
  })
  const environment = {
    ...auth.recommendedEnvironment,
    GATEWAY_ADMIN_KEY: adminKey,
    DENIED_USERS: `somebody-else, ${deniedUser}`,
    ALLOW_PRIVATE_UPSTREAMS: 'true',
    MODEL_PROVIDER_MAP: JSON.stringify({ m: { api_base: `${provider.url}/v1` } }),
    MODEL_PROVIDER_MAP_FILE: '',
    LOG_LEVEL: 'debug',
  }
  for (const name of [...new Set(endpoints.map((endpoint) => endpoint.name)), 'llm-admin-reload']) {
    started.set(name, await startFunction(name, environment))
  }
})

afterAll(async () => {
  for (const built of started.values()) await built.stop()
  await provider.close()
  await auth.close()
})

/** Remembers every credential sent, for the search of the logs. */
const remember = (headers: Readonly<Record<string, string>>, query: string): void => {
  for (const value of [...Object.values(headers), query]) {
    for (const word of value.split(/[ =]/)) if (word.length > 20) sent.add(word)
  }
}

const send = async ({ name, path, body }: Endpoint, headers: Record<string, string>, query = '') => {
  remember(headers, query)
  const reply = await fetch(`${started.get(name)?.url}${path}${query}`, {
    method: body ? 'POST' : 'GET',
    headers: { ...headers, ...(body && { 'content-type': 'application/json' }) },
    body: body ? JSON.stringify(body) : null,
  })
  return { status: reply.status, body: (await reply.json()) as Record<string, unknown> }
}

describe.each(endpoints)('$path', (endpoint) => {
  test.each(tokenKinds)(
    'replies to $title with $status $code (R35, R36, R38, R39)',
    async ({ headers, query, status, code }) => {
      const before = providerCalls
      const reply = await send(endpoint, headers(auth), query?.(auth))
      expect({ status: reply.status, code: reply.body['code'] }).toEqual({ status, code })
      if (status !== 200) {
        expect(providerCalls).toBe(before)
        expect(reply.body['error']).toMatchObject({ message: expect.any(String), code: code?.toLowerCase() })
        for (const word of sent) expect(JSON.stringify(reply.body)).not.toContain(word)
      }
    },
  )

  test('tells a client that it sent a publishable key', async () => {
    const token = auth.token({ claims: { sub: 'anon', role: 'anon', exp: undefined } })
    const reply = await send(endpoint, { authorization: `Bearer ${token}` })
    expect(reply.body['message']).toContain('publishable key')
  })

  test('accepts the admin key without a token', async () => {
    expect((await send(endpoint, { 'x-gateway-key': adminKey })).status).toBe(200)
  })

  test('rejects a wrong admin key with 401 invalid_admin_key', async () => {
    const reply = await send(endpoint, { 'x-gateway-key': `${adminKey}x` })
    expect(reply).toMatchObject({ status: 401, body: { code: 'INVALID_ADMIN_KEY' } })
  })

  test('rejects a request without a token before it checks the body', async () => {
    const { name, path, body } = endpoint
    const reply = await send({ name, path, ...(body && { body: { nonsense: true } }) }, {})
    expect(reply).toMatchObject({ status: 401, body: { code: 'MISSING_CREDENTIALS' } })
  })
})

describe('/admin/reload', () => {
  const reload: Endpoint = { name: 'llm-admin-reload', path: '/admin/reload', body: {} }

  test.each(tokenKinds)('rejects every token: $title', async ({ headers, query }) => {
    const reply = await send(reload, headers(auth), query?.(auth))
    expect(reply).toMatchObject({ status: 401, body: { code: 'INVALID_ADMIN_KEY' } })
  })

  test.each([
    ['in the query', {}, `?key=${adminKey}&x-gateway-key=${adminKey}`],
    ['in a cookie', { cookie: `x-gateway-key=${adminKey}` }, ''],
    ['as a bearer token', { authorization: `Bearer ${adminKey}` }, ''],
    ['cut short', { 'x-gateway-key': adminKey.slice(0, -1) }, ''],
    ['in another case', { 'x-gateway-key': adminKey.toUpperCase() }, ''],
    ['empty', { 'x-gateway-key': '' }, ''],
  ])('rejects the admin key %s (R42)', async (_, headers, query) => {
    const reply = await send(reload, headers as Record<string, string>, query)
    expect(reply).toMatchObject({ status: 401, body: { code: 'INVALID_ADMIN_KEY' } })
  })

  test('rejects the admin key in the body', async () => {
    const reply = await send({ ...reload, body: { 'x-gateway-key': adminKey, key: adminKey } }, {})
    expect(reply.status).toBe(401)
  })

  test('accepts the admin key in its header', async () => {
    expect((await send(reload, { 'x-gateway-key': adminKey })).status).toBe(200)
  })
})

describe('the live state of users', () => {
  test('is read with the user’s own token, and never through the SDK', () => {
    expect(auth.calls['user/me']).toBeGreaterThan(20)
    expect(auth.calls).toMatchObject({ admin: 0, introspect: 0 })
  })
})

describe('the output of the functions', () => {
  test('contains no credential and no part of one', () => {
    const output = [...started.values()].map((built) => built.output()).join('\n')
    expect(output.length).toBeGreaterThan(10_000)
    expect(sent.size).toBeGreaterThan(200)
    const parts = [...sent].flatMap((word) => word.split('.')).filter((part) => part.length > 20)
    const leaked = [...parts, auth.apiKey, adminKey].filter((secret) => output.includes(secret))
    expect(leaked).toEqual([])
  })
})
