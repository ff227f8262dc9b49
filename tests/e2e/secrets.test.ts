import { once } from 'node:events'
import { resolve } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals'
import { freePort } from '../../scripts/local/ports/free-port.ts'
import { type LoopbackServer, loopbackServer } from '../../testing/servers/loopback-server.ts'
import { type StartedFunction, startFunction } from '../../testing/servers/start-function.ts'
import { testDatabase } from '../../testing/servers/test-database.ts'
import { type Script, type ScriptedProvider, scriptedProvider } from '../../testing/stand-ins/provider.ts'
import { describeWithDatabase } from '../support/describe-with-database.ts'

/** All secrets that the environment of the gateway can contain. */
const secrets = {
  A_API_KEY: 'sk-env-7Gq2LmN4pR8sT1vW',
  SOME_OTHER_TOKEN: 'another-app-33-token',
  GATEWAY_ADMIN_KEY: 'adm.in-8842:zz/TOP',
  USER_HASH_KEY: 'hash-key-of-44-users',
  BILLING_WEBHOOK_TOKEN: 'hook-token-0x55',
  BILLING_WEBHOOK_SECRET: 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw',
  CLOUDBASE_APIKEY: 'cb-api-key-66-long',
  TENCENTCLOUD_SECRETID: 'AKIDz8krbsJ5yKBZQpn74WFkmLPx3Example',
  TENCENTCLOUD_SECRETKEY: 'Gu5t9xGARNpq86cd98joQYCN3Example',
  TENCENTCLOUD_SESSIONTOKEN: 'session-token-77-long',
  MYSQL_PASSWORD: 'my-sql-pass-88',
}
const inlineKey = 'inline-Key-55ff00aa99'
const databasePassword = 'db@pass-71'
const userToken = 'eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJub2JvZHkifQ.c2lnbmF0dXJl'
/** Other texts that must not be shown: addresses and accounts of a provider, and parts of secrets. */
const privateTexts = [
  'models.internal-host.example.com',
  '10.11.12.13',
  'org-A1b2C3d4E5',
  '100012345678',
  '7Gq2LmN4pR',
  'my-sql-pass',
  'db%40pass-71',
]
const hiddenTexts = [...Object.values(secrets), inlineKey, databasePassword, userToken, ...privateTexts]

const chatBody = { model: 'm', messages: [{ role: 'user', content: 'hi' }] }
const started: StartedFunction[] = []
const replies: string[] = []
let provider: ScriptedProvider
let receiver: LoopbackServer
let script: Script = {}

beforeAll(async () => {
  provider = await scriptedProvider(() => script)
  receiver = await loopbackServer((request, response) => {
    request.resume()
    response.writeHead(500, { location: `/x?token=${secrets.BILLING_WEBHOOK_TOKEN}` })
    response.end(`no entry for ${request.headers.authorization}`)
  })
})

afterEach(async () => {
  for (const built of started.splice(0)) await built.stop()
  replies.length = 0
})

afterAll(async () => {
  await provider.close()
  await receiver.close()
})

const start = async (name: string, variables: Record<string, string> = {}): Promise<StartedFunction> => {
  const map = {
    m: { api_base: `${provider.url}/v1`, api_key_env: 'A_API_KEY' },
    inline: { api_base: `${provider.url}/v1`, api_key: inlineKey },
  }
  const built = await startFunction(name, {
    ALLOW_PRIVATE_UPSTREAMS: 'true',
    LOG_LEVEL: 'debug',
    CLOUDBASE_ENV_ID: 'env-1',
    MODEL_PROVIDER_MAP: JSON.stringify(map),
    ...secrets,
    ...variables,
  })
  started.push(built)
  return built
}

/** Sends a request, as the administrator unless headers are given, and stores the reply. */
const request = async (url: string, init: RequestInit = {}): Promise<number> => {
  const reply = await fetch(url, { headers: { 'x-gateway-key': secrets.GATEWAY_ADMIN_KEY }, ...init })
  replies.push(JSON.stringify([...reply.headers]), await reply.text())
  return reply.status
}

const chat = (built: StartedFunction, body: object = {}, init: RequestInit = {}): Promise<number> =>
  request(`${built.url}/v1/chat/completions`, {
    method: 'POST',
    body: JSON.stringify({ ...chatBody, ...body }),
    ...init,
  })

/** Expects that no reply and no output contains a hidden text. */
const expectNoSecrets = (): void => {
  const printed = started.flatMap(({ output }) => output().split('\n')).filter((line) => line !== '')
  expect(printed.length + replies.length).toBeGreaterThan(0)
  const texts = [...printed, ...replies]
  for (const value of hiddenTexts) expect(texts.filter((text) => text.includes(value))).toEqual([])
}

const error = (fields: object): string => JSON.stringify({ error: { message: 'no', ...fields } })
const chunk = `data: ${JSON.stringify({ object: 'chat.completion.chunk', choices: [{ index: 0, delta: { content: 'a' } }] })}\n\n`
const stream = { headers: { 'content-type': 'text/event-stream' } }

describe('the text of a provider', () => {
  test.each<[string, Script]>([
    ['its key', { status: 400, body: [error({ message: `Incorrect API key provided: ${secrets.A_API_KEY}.` })] }],
    ['a piece of its key', { status: 400, body: [error({ message: 'The key 7Gq2LmN4pR is not active' })] }],
    ['its header', { status: 422, body: [error({ message: `Got Authorization: Bearer ${secrets.A_API_KEY}` })] }],
    [
      'its address',
      { status: 404, body: [error({ message: 'no model at http://models.internal-host.example.com:8000/v1' })] },
    ],
    ['an IP address', { status: 404, body: [error({ message: 'upstream 10.11.12.13:443 said no' })] }],
    ['an organisation', { status: 429, body: [error({ message: 'Rate limit in organization org-A1b2C3d4E5' })] }],
    ['an account', { status: 400, body: [error({ message: 'account 100012345678 has no access' })] }],
    ['every secret we have', { status: 400, body: [error({ message: Object.values(secrets).join(' ') })] }],
    [
      'keys in every field',
      { status: 400, body: [error({ code: secrets.A_API_KEY, type: inlineKey, param: secrets.MYSQL_PASSWORD })] },
    ],
    ['keys in a bad login', { status: 401, body: [error({ message: `bad key ${secrets.A_API_KEY}` })] }],
    ['keys in an outage', { status: 500, body: [`<html>${secrets.A_API_KEY} at 10.11.12.13</html>`] }],
    [
      'an account in headers',
      {
        status: 429,
        headers: {
          'x-ratelimit-account': '100012345678',
          'x-ratelimit-limit-org': 'org-A1b2C3d4E5',
          'retry-after': secrets.A_API_KEY,
        },
        body: [error({})],
      },
    ],
    ['keys in an error within a good status', { body: [error({ message: `key ${secrets.A_API_KEY}`, code: '400' })] }],
  ])('hides %s from client and log (R67)', async (_, answer) => {
    script = answer
    const built = await start('llm-chat-completions')
    expect(await chat(built)).toBeGreaterThanOrEqual(400)
    expectNoSecrets()
  })

  test('hides keys in an error event from client and log (R67)', async () => {
    script = {
      ...stream,
      body: [chunk, `data: ${error({ message: `${secrets.A_API_KEY} ${secrets.CLOUDBASE_APIKEY}`, code: '400' })}\n\n`],
    }
    const built = await start('llm-chat-completions')
    expect(await chat(built, { stream: true })).toBe(200)
    expect(replies.join('')).toContain('[redacted]')
    expectNoSecrets()
  })

  test('hides a key of the model map from client and log (R67)', async () => {
    script = { status: 400, body: [error({ message: `${inlineKey} and ${inlineKey.slice(3, 14)}` })] }
    const built = await start('llm-chat-completions')
    expect(await chat(built, { model: 'inline' })).toBe(400)
    expectNoSecrets()
  })

  test('hides the address of a provider that cannot be reached', async () => {
    const port = await freePort()
    const map = { m: { api_base: `http://127.0.0.1:${port}/v1`, api_key_env: 'A_API_KEY' } }
    const built = await start('llm-chat-completions', { MODEL_PROVIDER_MAP: JSON.stringify(map) })
    expect(await chat(built)).toBe(502)
    expect([...replies, ...built.log].filter((text) => text.includes(String(port)))).toEqual([])
    expectNoSecrets()
  })
})

describe('the webhook', () => {
  test.each([
    ['rejects and repeats its token', () => receiver.url],
    ['cannot be reached', () => 'http://127.0.0.1:9'],
    ['has its token in its URL', () => `${receiver.url}/?token=${secrets.BILLING_WEBHOOK_TOKEN}`],
  ])('is logged without secrets, and with the whole record, if it %s (R67)', async (_, url) => {
    script = {
      body: [
        JSON.stringify({
          object: 'chat.completion',
          choices: [{ index: 0, message: { role: 'assistant', content: 'hi' }, finish_reason: 'stop' }],
        }),
      ],
    }
    const built = await start('llm-chat-completions', { BILLING_WEBHOOK_URL: url() })
    const headers = { 'x-gateway-key': secrets.GATEWAY_ADMIN_KEY, 'x-request-id': userToken }
    expect(await chat(built, {}, { headers })).toBe(200)
    const line = built.log.map((text) => JSON.parse(text)).find(({ event }) => event === 'usage_undelivered')
    const record = JSON.parse(line.record)
    expect(record).toMatchObject({ request_id: line.request_id, user_id: 'admin', model: 'm' })
    expect(record.metadata.client_request_id).toBe('[redacted]')
    expectNoSecrets()
  })
})

describe('the request of a client', () => {
  test.each<[string, string, RequestInit]>([
    ['a token in the path', `/v1/${userToken}`, { method: 'POST' }],
    ['a token in the query', `/v1/chat/completions?access_token=${userToken}`, { method: 'POST' }],
    [
      'a token that is rejected',
      '/v1/chat/completions',
      { method: 'POST', headers: { authorization: `Bearer ${userToken}` } },
    ],
    ['an admin key in the path', `/v1/${encodeURIComponent(secrets.GATEWAY_ADMIN_KEY)}`, { method: 'GET' }],
    ['a token as the body', '/v1/chat/completions', { method: 'POST', body: userToken }],
    [
      'a token as the model',
      '/v1/chat/completions',
      { method: 'POST', body: JSON.stringify({ ...chatBody, model: userToken }) },
    ],
    [
      'a key as the model',
      '/v1/chat/completions',
      { method: 'POST', body: JSON.stringify({ ...chatBody, model: secrets.A_API_KEY }) },
    ],
    [
      'a token as its id',
      '/v1/chat/completions',
      { method: 'POST', headers: { 'x-request-id': userToken, 'x-cloudbase-context': userToken } },
    ],
  ])('is not repeated in reply or log: %s (R67)', async (_, path, init) => {
    const built = await start('llm-chat-completions', { CLOUDBASE_AUTH_ORIGIN: 'http://127.0.0.1:9' })
    expect(await request(built.url + path, init)).toBeGreaterThanOrEqual(400)
    expectNoSecrets()
  })
})

describe('an invalid configuration', () => {
  const wrong: Record<string, string> = {
    PORT_OF_NOTHING: 'x',
    MAX_BODY_BYTES: secrets.A_API_KEY,
    LOG_LEVEL: 'debug',
    CORS_ORIGINS: `https://u:${databasePassword}@a.cn,b`,
    AUTH_MODE: secrets.CLOUDBASE_APIKEY,
    USAGE_STORE: secrets.MYSQL_PASSWORD,
    BILLING_WEBHOOK_URL: `ftp://x/?token=${secrets.BILLING_WEBHOOK_TOKEN}`,
    MYSQL_DSN: `mysql:/root:${databasePassword}@10.11.12.13`,
    REMOTE_CONFIG_TABLE: secrets.A_API_KEY,
  }

  test.each(['llm-chat-completions', 'llm-models', 'llm-usage', 'llm-admin-reload'])(
    'is logged by %s without its values',
    async (name) => {
      const built = await start(name, wrong)
      const paths = {
        'llm-models': '/v1/models',
        'llm-usage': '/v1/usage',
        'llm-admin-reload': '/admin/reload',
      } as Record<string, string>
      const method = name === 'llm-models' || name === 'llm-usage' ? 'GET' : 'POST'
      await request(built.url + (paths[name] ?? '/v1/chat/completions'), { method })
      expect(built.log.join()).toContain('variable_ignored')
      expectNoSecrets()
    },
  )

  test.each([
    [
      'a key as a name',
      { [secrets.A_API_KEY]: { api_base: 'https://a.example.com/v1', provider: secrets.CLOUDBASE_APIKEY } },
    ],
    ['a key as the name of an invalid entry', { [secrets.A_API_KEY]: {} }],
    ['a key in place of its variable', { m: { api_base: 'https://a.example.com/v1', api_key_env: secrets.A_API_KEY } }],
    ['a key in the base URL', { m: { api_base: `https://u:${secrets.A_API_KEY}@a.example.com/v1` } }],
    ['a key as a field', { m: { api_base: 'https://a.example.com/v1', api_key: 'x', [secrets.A_API_KEY]: 1 } }],
  ])('is logged without the secret: a model map with %s (R67)', async (_, map) => {
    const built = await start('llm-admin-reload', { MODEL_PROVIDER_MAP: JSON.stringify(map) })
    expect([200, 409, 503]).toContain(await request(`${built.url}/admin/reload`, { method: 'POST' }))
    expect(built.log.join()).toContain('model_')
    expectNoSecrets()
  })

  test('is logged without the secret: a model map that is not JSON', async () => {
    const built = await start('llm-health', { MODEL_PROVIDER_MAP: `{"m": {"api_key": "${inlineKey}"` })
    expect(await request(`${built.url}/health`)).toBe(200)
    expectNoSecrets()
  })
})

describeWithDatabase('a database that rejects the login', () => {
  test.each(['llm-chat-completions', 'llm-health', 'llm-admin-reload'])(
    'is logged by %s without user and password',
    async (name) => {
      const dsn = new URL((await testDatabase()).dsn)
      dsn.username = 'nobody-of-that-name'
      dsn.password = databasePassword
      const built = await start(name, { MYSQL_DSN: dsn.href, USAGE_STORE: 'mysql' })
      if (name === 'llm-chat-completions') expect(await chat(built)).toBe(503)
      else
        await request(built.url + (name === 'llm-health' ? '/health' : '/admin/reload'), {
          method: name === 'llm-health' ? 'GET' : 'POST',
        })
      expect(built.log.join()).toMatch(/model_map_unavailable/)
      expect([...replies, ...built.log].filter((text) => text.includes('nobody-of-that-name'))).toEqual([])
      expectNoSecrets()
    },
  )
})

describe('an uncaught error', () => {
  test.each(['llm-chat-completions', 'llm-health'])('ends %s with one line, without its message', async (name) => {
    const built = await start(name, { NODE_OPTIONS: `--require ${resolve('tests/fixtures/crash.cjs')}` })
    const code = built.child.exitCode ?? (await once(built.child, 'exit'))[0]
    await new Promise((read) => setTimeout(read, 100))
    expect(code).toBe(1)
    expect(built.log.map((line) => JSON.parse(line))).toContainEqual(
      expect.objectContaining({ level: 'error', event: 'uncaught_exception', cause: 'RangeError' }),
    )
    expect(built.output().trim().split('\n')).toEqual(built.log)
    expectNoSecrets()
  })
})
