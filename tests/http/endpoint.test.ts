import { afterEach, describe, expect, test } from '@jest/globals'
import { noCors } from '../../shared/http/cors.ts'
import { readBody } from '../../shared/http/read-body.ts'
import { type Handler, jsonReply } from '../../shared/http/request.ts'
import { endpoints, optionalEndpoints } from '../../shared/http/unknown-url.ts'
import { GatewayError } from '../../shared/protocol/errors.ts'
import { type Served, type ServedOptions, serveHandler } from '../support/serve-handler.ts'

let served: Served | undefined

const serving = async (handler: Handler, options?: ServedOptions): Promise<Served> => {
  served = await serveHandler(handler, options)
  return served
}

const echoUpTo =
  (maxBytes: number): Handler =>
  async ({ message }) =>
    jsonReply({ text: (await readBody(message, maxBytes)).toString() })

const echo = echoUpTo(1000)

afterEach(async () => {
  await served?.close()
  served = undefined
})

const failing =
  (error: unknown): Handler =>
  () =>
    Promise.reject(error)

describe('errors', () => {
  test("become OpenAI's error object and the three fields of CloudBase, with the request id of the header", async () => {
    const { url } = await serving(
      failing(new GatewayError(404, 'model_not_found', 'No such model.', { param: 'model' })),
    )
    const reply = await fetch(`${url}/v1/things`, { method: 'POST' })
    expect(reply.status).toBe(404)
    expect(reply.headers.get('content-type')).toBe('application/json')
    expect(await reply.json()).toEqual({
      error: { message: 'No such model.', type: 'invalid_request_error', param: 'model', code: 'model_not_found' },
      code: 'MODEL_NOT_FOUND',
      message: 'No such model.',
      requestId: reply.headers.get('x-request-id'),
    })
  })

  test('carry their headers, and a provider’s own code and type', async () => {
    const error = new GatewayError(429, 'rate_limit_exceeded', 'Slow down.', {
      headers: { 'retry-after': '7' },
      providerCode: '1302',
      providerType: 'rate',
    })
    const { url } = await serving(failing(error))
    const reply = await fetch(`${url}/v1/things`, { method: 'POST' })
    expect(reply.headers.get('retry-after')).toBe('7')
    expect(await reply.json()).toMatchObject({ error: { code: '1302', type: 'rate' }, code: 'RATE_LIMIT_EXCEEDED' })
  })

  test('become a 500 if they are our own, which reveals its cause neither to the client nor to the log', async () => {
    const { url, lines } = await serving(failing(new Error('secret-cause')))
    const reply = await fetch(`${url}/v1/things`, { method: 'POST' })
    expect([reply.status, reply.headers.get('x-should-retry')]).toEqual([500, 'false'])
    expect(await reply.text()).not.toContain('secret-cause')
    expect(JSON.stringify(lines)).not.toContain('secret-cause')
    expect(lines).toContainEqual(expect.objectContaining({ level: 'error', event: 'request_failed' }))
  })

  test('leave the server serving', async () => {
    let calls = 0
    const { url } = await serving(async () => (calls++ === 0 ? Promise.reject(new Error('once')) : jsonReply({})))
    expect((await fetch(`${url}/v1/things`, { method: 'POST' })).status).toBe(500)
    expect((await fetch(`${url}/v1/things`, { method: 'POST' })).status).toBe(200)
  })
})

describe('paths and methods', () => {
  test.each(['/v1/things', '/things', '/'])("serves '%s'", async (path) => {
    const { url } = await serving(echo)
    const reply = await fetch(url + path, { method: 'POST', body: '你好' })
    expect(await reply.json()).toEqual({ text: '你好' })
  })

  test('refuses another path with 404 unknown_url and names the endpoints (R59)', async () => {
    const { url } = await serving(echo)
    const reply = await fetch(`${url}/v1/others`, { method: 'POST' })
    expect(reply.status).toBe(404)
    const { error } = (await reply.json()) as { error: { code: string; message: string } }
    expect(error.code).toBe('unknown_url')
    expect(error.message).toMatch(
      /^There is no such URL for POST\. The endpoints of this gateway are POST \/v1\/chat\/compl/,
    )
    for (const endpoint of [...endpoints, ...optionalEndpoints]) expect(error.message).toContain(endpoint)
  })

  test('says of a stored response that the gateway stores none', async () => {
    const { url } = await serving(echo)
    for (const [path, method] of [
      ['/v1/responses/resp_1', 'GET'],
      ['/v1/responses/resp_1/cancel', 'POST'],
    ] as const) {
      const reply = await fetch(`${url}${path}`, { method })
      expect([reply.status, await reply.text()]).toEqual([404, expect.stringContaining('stores no responses')])
    }
    expect(await (await fetch(`${url}/v1/others`)).text()).not.toContain('stores no responses')
  })

  test.each(['GET', 'PUT', 'DELETE', 'PATCH'])('refuses %s with 405 and names the allowed method', async (method) => {
    const { url } = await serving(echo)
    const reply = await fetch(`${url}/v1/things`, { method })
    expect(reply.status).toBe(405)
    expect(reply.headers.get('allow')).toBe('POST, OPTIONS')
    expect(await reply.json()).toMatchObject({ error: { code: 'method_not_allowed' } })
  })

  test('takes the method from the request line, and ignores headers that override it (R59)', async () => {
    const { url } = await serving(echo)
    const headers = { 'x-http-method-override': 'POST', 'x-http-method': 'POST', 'x-method-override': 'POST' }
    expect((await fetch(`${url}/v1/things`, { headers })).status).toBe(405)
    expect((await fetch(`${url}/v1/things`, { method: 'HEAD', headers })).status).toBe(405)
  })

  test('serves HEAD like GET, without a body', async () => {
    const { url } = await serving(() => Promise.resolve(jsonReply({ ok: true })), { method: 'GET' })
    const reply = await fetch(`${url}/v1/things`, { method: 'HEAD' })
    expect(reply.status).toBe(200)
    expect(await reply.text()).toBe('')
  })
})

describe('request ids', () => {
  test('are made by the server, a new one per request, whatever the client sends', async () => {
    const { url } = await serving(echo)
    const headers = { 'x-request-id': 'mine' }
    const ids = await Promise.all(
      [1, 2].map(async () =>
        (await fetch(`${url}/v1/things`, { method: 'POST', headers })).headers.get('x-request-id'),
      ),
    )
    expect(new Set(ids).size).toBe(2)
    expect(ids).not.toContain('mine')
  })
})

describe('bodies', () => {
  test('are read up to the limit, and refused with a 413 that names it above (R55)', async () => {
    const { url } = await serving(echoUpTo(10))
    expect((await fetch(`${url}/v1/things`, { method: 'POST', body: 'x'.repeat(10) })).status).toBe(200)
    const reply = await fetch(`${url}/v1/things`, { method: 'POST', body: 'x'.repeat(11) })
    expect(reply.status).toBe(413)
    expect(await reply.json()).toMatchObject({
      error: { code: 'request_too_large', message: expect.stringContaining('10 bytes') },
    })
  })

  test('far above the limit are refused with a message, and the connection stays open', async () => {
    const { url } = await serving(echoUpTo(10))
    const reply = await fetch(`${url}/v1/things`, { method: 'POST', body: 'x'.repeat(3_000_000) })
    expect(reply.status).toBe(413)
    expect((await fetch(`${url}/v1/things`, { method: 'POST', body: 'x' })).status).toBe(200)
  })

  test('are refused with a 400 that names UTF-8 if they have another encoding', async () => {
    const { url } = await serving(echo)
    const reply = await fetch(`${url}/v1/things`, { method: 'POST', body: Buffer.from([0xc4, 0xe3, 0xba, 0xc3]) })
    expect(reply.status).toBe(400)
    expect(await reply.json()).toMatchObject({ error: { message: expect.stringContaining('UTF-8') } })
  })

  test('are refused with a 415 if they are compressed', async () => {
    const { url } = await serving(echo)
    const reply = await fetch(`${url}/v1/things`, {
      method: 'POST',
      body: 'x',
      headers: { 'content-encoding': 'gzip' },
    })
    expect(reply.status).toBe(415)
    expect(await reply.json()).toMatchObject({ error: { code: 'unsupported_encoding' } })
  })
})

describe('CORS', () => {
  const origin = 'https://app.example.com'
  const send = (url: string, method: string, headers: Record<string, string> = {}) =>
    fetch(`${url}/v1/things`, { method, headers: { origin, ...headers } })

  test('is off by default', async () => {
    const { url } = await serving(echo)
    expect((await send(url, 'POST')).headers.get('access-control-allow-origin')).toBeNull()
  })

  test('allows all origins with CORS_ALLOW_ALL, but never credentials', async () => {
    const { url } = await serving(echo, { cors: { allowAll: true, origins: [] } })
    const { headers } = await send(url, 'POST')
    expect(headers.get('access-control-allow-origin')).toBe('*')
    expect(headers.get('access-control-allow-credentials')).toBeNull()
    expect(headers.get('access-control-expose-headers')).toContain('x-request-id')
  })

  test('allows exactly the origins of a list (R60)', async () => {
    const { url } = await serving(echo, { cors: { allowAll: false, origins: [origin] } })
    const allowed = await send(url, 'POST')
    expect(allowed.headers.get('access-control-allow-origin')).toBe(origin)
    expect(allowed.headers.get('vary')).toBe('origin')
  })

  test.each([
    'https://app.example.com.evil.com',
    'https://evil-app.example.com',
    'https://sub.app.example.com',
    'https://example.com',
    'http://app.example.com',
    'https://app.example.com:443',
    'https://app.example.com:8443',
    'https://app.example.com/',
    'https://APP.example.com',
    'https://app.example.com@evil.com',
    'https://app.example.com, https://evil.com',
    'https://app\u00e8.example.com',
    'null',
    '*',
    '',
  ])("sends no CORS header to the origin '%s', which is not in the list, on a preflight or after it", async (other) => {
    const { url } = await serving(echo, { cors: { allowAll: false, origins: [origin] } })
    for (const method of ['POST', 'OPTIONS']) {
      const refused = await send(url, method, { origin: other, 'access-control-request-method': 'POST' })
      expect([...refused.headers.keys()].filter((name) => name.startsWith('access-control-'))).toEqual([])
    }
  })

  test('never allows credentials, whatever the options and the origin are (R60)', async () => {
    for (const cors of [noCors, { allowAll: true, origins: [origin] }, { allowAll: false, origins: [origin] }]) {
      const { url, close } = await serveHandler(echo, { cors })
      for (const method of ['POST', 'OPTIONS', 'GET']) {
        expect((await send(url, method)).headers.get('access-control-allow-credentials')).toBeNull()
      }
      await close()
    }
  })

  test('echoes no list of headers that is malformed or too long', async () => {
    const { url } = await serving(echo, { cors: { allowAll: true, origins: [] } })
    for (const requested of ['a: b', 'x, <script>', `x-${'a'.repeat(2048)}`, ',']) {
      const reply = await send(url, 'OPTIONS', { 'access-control-request-headers': requested })
      expect(reply.headers.get('access-control-allow-headers')).toBe('authorization, content-type')
    }
  })

  test('replies to a preflight before anything else, and echoes the requested headers', async () => {
    const { url } = await serving(failing(new Error('must not be called')), { cors: { allowAll: true, origins: [] } })
    const reply = await send(url, 'OPTIONS', {
      'access-control-request-method': 'POST',
      'access-control-request-headers': 'authorization,x-stainless-os',
    })
    expect(reply.status).toBe(204)
    expect(reply.headers.get('access-control-allow-headers')).toBe('authorization,x-stainless-os')
    expect(reply.headers.get('access-control-allow-methods')).toBe('POST, OPTIONS')
    expect(reply.headers.get('access-control-allow-origin')).toBe('*')
  })

  test('is also on error replies', async () => {
    const { url } = await serving(failing(new Error('any')), { cors: { allowAll: true, origins: [] } })
    expect((await send(url, 'POST')).headers.get('access-control-allow-origin')).toBe('*')
  })
})
