import { once } from 'node:events'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { afterEach, describe, expect, test } from '@jest/globals'
import { canPass, checkGateway } from '../../scripts/cloud/routes/check-gateway.ts'
import { freePort } from '../../scripts/local/ports/free-port.ts'
import { missingTable, toSourceError } from '../../shared/models/sources/source-errors.ts'
import { type LoopbackServer, loopbackServer } from '../../testing/servers/loopback-server.ts'
import { selfSignedCertificate } from '../../testing/stand-ins/tencent-cloud/certificate.ts'

let server: LoopbackServer | undefined
afterEach(() => server?.close())

type Replies = Readonly<Record<string, readonly [status: number, body: object]>>

const upright: Replies = {
  '/health': [200, { ok: true }],
  '/v1/models': [401, { error: { code: 'missing_credentials' } }],
  'admin /health': [200, { ok: true, status: 'ok', problems: [], config: { last_error: null } }],
  'admin /v1/models': [200, { data: [{ id: 'm' }] }],
}

/** Checks a gateway with these replies, in place of the correct ones. */
const checkReplies = async (replies: Replies, variables: Readonly<Record<string, string>> = {}) => {
  server = await loopbackServer((request, response) => {
    if (request.method === 'OPTIONS') {
      const { origin } = request.headers
      response
        .writeHead(204, origin === 'https://app.example.com' ? { 'access-control-allow-origin': origin } : {})
        .end()
      return
    }
    const path = `${request.headers['x-gateway-key'] ? 'admin ' : ''}${request.url}`
    const [status, body] = { ...upright, ...replies }[path] ?? [404, { code: 'INVALID_PATH' }]
    response.writeHead(status).end(JSON.stringify(body))
  })
  return checkGateway(server.url, { GATEWAY_ADMIN_KEY: 'key', ...variables })
}

const outage = (lastError: string): Replies => ({
  'admin /health': [200, { ok: true, status: 'degraded', problems: [lastError], config: { last_error: lastError } }],
  'admin /v1/models': [503, { error: { code: 'config_unavailable' }, message: 'The model map cannot be read.' }],
})

describe('checking a gateway', () => {
  test('finds every correct reply ok', async () => {
    const checks = await checkReplies({})
    expect(checks.map(({ name, verdict, detail }) => `${verdict} ${name}: ${detail}`)).toEqual([
      'ok GET /health: 200',
      'ok GET /v1/models without a token: 401 missing_credentials',
      'ok GET /health with the admin key: 200',
      'ok GET /v1/models with the admin key: 200',
    ])
  })

  test.each([
    ['a path that is not routed yet', { '/health': [404, { code: 'INVALID_PATH' }] }, '404 INVALID_PATH'],
    ['a function that is starting', { '/health': [500, { code: 'FUNCTION_ERROR' }] }, '500 FUNCTION_ERROR'],
  ] as const)('waits for %s', async (_, replies, detail) => {
    expect((await checkReplies(replies))[0]).toMatchObject({ verdict: 'pending', detail })
  })

  test('waits for a host that cannot be reached', async () => {
    const [health] = await checkGateway(`http://127.0.0.1:${await freePort()}`, {})
    expect(health).toMatchObject({ verdict: 'pending', detail: expect.stringContaining('ECONNREFUSED') })
  })

  test('does not wait for a certificate that no authority has signed', async () => {
    const secure = createServer(selfSignedCertificate(['localhost'])).listen(0, '127.0.0.1')
    await once(secure, 'listening')
    const [health] = await checkGateway(`https://127.0.0.1:${(secure.address() as AddressInfo).port}`, {})
    secure.close()
    expect(health).toMatchObject({ verdict: 'wrong', detail: expect.stringContaining('self-signed certificate') })
  })

  test('does not wait after a wrong configuration, which the gateway itself reports', async () => {
    const body = { error: { code: 'gateway_misconfigured' }, message: 'CLOUDBASE_ENV_ID is not set.' }
    expect((await checkReplies({ '/v1/models': [503, body] }))[1]).toMatchObject({
      verdict: 'wrong',
      detail: '503 gateway_misconfigured, CLOUDBASE_ENV_ID is not set.',
    })
  })

  test.each([
    ['pending', 'ECONNREFUSED'],
    ['pending', 'PROTOCOL_CONNECTION_LOST'],
    ['pending', 'PROTOCOL_SEQUENCE_TIMEOUT'],
    ['pending', 'ER_CON_COUNT_ERROR'],
    ['pending', 'ER_UNHEARD_OF'],
    ['wrong', 'ER_ACCESS_DENIED_ERROR'],
    ['wrong', 'ER_BAD_DB_ERROR'],
    ['wrong', 'ER_NO_SUCH_TABLE'],
    ['wrong', 'ER_BAD_FIELD_ERROR'],
    ['wrong', 'ER_TABLEACCESS_DENIED_ERROR'],
    ['wrong', 'HANDSHAKE_SSL_ERROR'],
    ['wrong', 'HANDSHAKE_NO_SSL_SUPPORT'],
  ])('finds a model map %s that cannot be read because of %s, and gives the reason', async (verdict, code) => {
    const { message } = toSourceError(Object.assign(new Error('hidden'), { code }))
    expect((await checkReplies(outage(message)))[3]).toMatchObject({
      verdict,
      detail: `503 config_unavailable, ${message}`,
    })
  })

  test.each([
    [{}, 'Add models to model_map.json, then run npm run deploy.'],
    [{ MYSQL_HOST: 'db' }, 'Import your models: npm run models -- import model_map.json'],
  ])('advises to add models if there are none: %j', async (variables, fix) => {
    const checks = await checkReplies({ 'admin /v1/models': [200, { data: [] }] }, variables)
    expect(checks[3]).toMatchObject({ verdict: 'advice', detail: '200, there are no models yet', fix })
  })

  test('advises about what the health of the gateway reports', async () => {
    const problems = ['The usage store cannot be read.', 'No model can be used.']
    const checks = await checkReplies({ 'admin /health': [200, { ok: true, status: 'degraded', problems }] })
    expect(checks[2]).toMatchObject({ verdict: 'advice', detail: `200, ${problems.join(' ')}` })
  })

  test.each(['https://App.example.com/', 'https://app.example.com，https://other.example.com'])(
    'asks as a page whose origin the functions allow, with CORS_ORIGINS=%s',
    async (origins) => {
      const checks = await checkReplies({}, { CORS_ORIGINS: origins })
      expect(checks.at(-1)).toMatchObject({ name: 'preflight of a web page', verdict: 'ok' })
    },
  )

  test('expects an open list if authentication is off', async () => {
    const open: Replies = { '/v1/models': [200, { data: [] }] }
    expect((await checkReplies(open, { AUTH_MODE: 'disabled' }))[1]?.verdict).toBe('ok')
    await server?.close()
    expect((await checkReplies(open))[1]?.verdict).toBe('pending')
  })
})

test('an outage of the environment’s own database passes or not, as that of another', () => {
  expect(canPass('CloudBase cannot be reached. Check CLOUDBASE_ENV_ID and CLOUDBASE_REGION.')).toBe(true)
  expect(canPass('The database API responded with status 502.')).toBe(true)
  expect(canPass('CloudBase refuses the key. Check CLOUDBASE_APIKEY and the permissions of the table.')).toBe(false)
  expect(canPass(missingTable)).toBe(false)
})
