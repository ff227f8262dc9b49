import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { type RawReply, rawExchange } from '../../testing/servers/raw-exchange.ts'
import { type StartedFunction, startFunction } from '../../testing/servers/start-function.ts'
import { type CloudBaseAuth, startCloudBaseAuth } from '../../testing/stand-ins/cloudbase-auth.ts'

const adminKey = 'the-admin-key-of-the-test'

let auth: CloudBaseAuth
let models: StartedFunction
let reload: StartedFunction

beforeAll(async () => {
  auth = await startCloudBaseAuth()
  const environment = {
    ...auth.environment,
    GATEWAY_ADMIN_KEY: adminKey,
    CORS_ORIGINS: 'https://app.example.com',
    MODEL_PROVIDER_MAP: JSON.stringify({ m: { api_base: 'https://a.example/v1' } }),
  }
  models = await startFunction('llm-models', environment)
  reload = await startFunction('llm-admin-reload', environment)
}, 30_000)

afterAll(async () => {
  await models.stop()
  await reload.stop()
  await auth.close()
})

const ask = async ({ url }: StartedFunction, line: string, headers: readonly string[]): Promise<RawReply> => {
  const bytes = `${line} HTTP/1.1\r\nhost: x\r\n${headers.join('\r\n')}\r\ncontent-length: 2\r\n\r\n{}`
  const { replies } = await rawExchange(Number(new URL(url).port), bytes, { count: 1 })
  return replies[0] as RawReply
}

describe('a header that is sent twice', () => {
  const good = (): string => `authorization: Bearer ${auth.token()}`
  const bad = 'Authorization: Bearer x'

  test('rejects two authorization headers with a 401, in any order and even if they are equal (R54)', async () => {
    expect((await ask(models, 'GET /v1/models', [good()])).status).toBe(200)
    for (const headers of [
      [good(), bad],
      [bad, good()],
      [good(), good()],
    ]) {
      const reply = await ask(models, 'GET /v1/models', headers)
      expect(reply.status).toBe(401)
      expect(JSON.parse(reply.body)).toMatchObject({ error: { code: 'missing_credentials' } })
    }
  })

  test('rejects two x-gateway-key headers with a 401, in any order and even if they are equal (R54)', async () => {
    const key = `x-gateway-key: ${adminKey}`
    expect((await ask(reload, 'POST /admin/reload', [key])).status).toBe(200)
    for (const headers of [
      [key, 'X-Gateway-Key: x'],
      ['X-Gateway-Key: x', key],
      [key, key],
    ]) {
      const reply = await ask(reload, 'POST /admin/reload', headers)
      expect(reply.status).toBe(401)
      expect(JSON.parse(reply.body)).toMatchObject({ error: { code: 'invalid_admin_key' } })
    }
  })

  test('rejects two content-encoding headers with a 415', async () => {
    const headers = [`x-gateway-key: ${adminKey}`, 'content-encoding: identity', 'content-encoding: gzip']
    expect((await ask(reload, 'POST /admin/reload', headers)).status).toBe(415)
  })

  test('sends no CORS headers for two origin headers', async () => {
    const headers = [good(), 'origin: https://app.example.com', 'origin: https://evil.example']
    const reply = await ask(models, 'GET /v1/models', headers)
    expect(reply.status).toBe(200)
    expect(Object.keys(reply.headers).filter((name) => name.startsWith('access-control-'))).toEqual([])
  })
})
