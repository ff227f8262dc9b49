import { setTimeout as wait } from 'node:timers/promises'
import { afterEach, describe, expect, test } from '@jest/globals'
import { readConfig } from '../../shared/gateway/config/config.ts'
import { health } from '../../shared/gateway/health.ts'
import { listModels } from '../../shared/gateway/list-models.ts'
import { relay } from '../../shared/gateway/relay/relay.ts'
import { serveText } from '../../shared/gateway/relay/serve-text.ts'
import { reload } from '../../shared/gateway/reload.ts'
import type { Handler } from '../../shared/http/request.ts'
import { serve } from '../../shared/http/server.ts'
import type { LogFields } from '../../shared/runtime/log.ts'
import { loopbackServer, waitForListening } from '../../testing/servers/loopback-server.ts'
import { type Script, scriptedProvider } from '../../testing/stand-ins/provider.ts'
import { captureLog } from '../support/capture-log.ts'

const cleanups: (() => Promise<void>)[] = []

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
})

const adminKey = 'admin-key-0123456789'
const asAdmin = { 'x-gateway-key': adminKey }
const chunk = (fields: object): string =>
  `data: ${JSON.stringify({ id: 'a', object: 'chat.completion.chunk', created: 1, model: 'm', ...fields })}\n\n`
const whole = JSON.stringify({
  id: 'a',
  object: 'chat.completion',
  choices: [{ index: 0, message: { role: 'assistant', content: 'hi' }, finish_reason: 'stop' }],
  usage: { prompt_tokens: 1, completion_tokens: 2, total_tokens: 3 },
})

interface Timed {
  readonly url: string
  /** The fields of the log line of the nth request. */
  readonly line: (index?: number) => Promise<LogFields>
}

/** A gateway in front of a provider that pauses, with a webhook that takes 60 ms. */
const timed = async (
  respond: () => Script,
  make: (config: ReturnType<typeof readConfig>) => Handler = (config) => relay('chat/completions', config, serveText),
  environment: Record<string, string> = {},
): Promise<Timed> => {
  const provider = await scriptedProvider(respond)
  const webhook = await loopbackServer((_, response) => setTimeout(() => response.end(), 60))
  const config = readConfig({
    CLOUDBASE_ENV_ID: 'env-1',
    GATEWAY_ADMIN_KEY: adminKey,
    ALLOW_PRIVATE_UPSTREAMS: 'true',
    LOG_LEVEL: 'error',
    BILLING_WEBHOOK_URL: webhook.url,
    MODEL_PROVIDER_MAP: JSON.stringify({ m: { api_base: `${provider.url}/v1`, api_key: 'sk-test-0123456789abcdef' } }),
    ...environment,
  })
  const { log, lines } = captureLog()
  const server = { ...config.server, host: '127.0.0.1', port: 0, log }
  const { url, close } = await waitForListening(serve(make({ ...config, server }), server))
  cleanups.push(provider.close, webhook.close, close)
  const line = async (index = 0): Promise<LogFields> => {
    for (let polls = 0; polls < 200; polls++) {
      const found = lines.filter(({ event }) => event === 'request')[index]
      if (found) return found.fields
      await wait(5)
    }
    throw new Error('the request was not logged')
  }
  return { url, line }
}

const post = (url: string, body: object, headers: Record<string, string>): Promise<Response> =>
  fetch(`${url}/v1/chat/completions`, {
    method: 'POST',
    headers,
    body: JSON.stringify({ model: 'm', messages: [{ role: 'user', content: 'hi' }], ...body }),
  })

const streamed = (): Script => ({
  headers: { 'content-type': 'text/event-stream' },
  body: (async function* () {
    await wait(80)
    yield chunk({ choices: [{ index: 0, delta: { content: 'hi' }, finish_reason: null }] })
    await wait(120)
    yield chunk({ choices: [{ index: 0, delta: {}, finish_reason: 'stop' }] })
    yield 'data: [DONE]\n\n'
  })(),
})

describe('the timing of a request', () => {
  test('splits a stream’s log line into the times of provider, stream and record (R74)', async () => {
    const { url, line } = await timed(streamed)
    await (await post(url, { stream: true }, asAdmin)).text()
    const { duration_ms: duration, ...fields } = await line()
    expect(fields['first_byte_ms']).toBeGreaterThanOrEqual(75)
    expect(Number(fields['first_byte_ms']) + Number(fields['stream_ms'])).toBeGreaterThanOrEqual(190)
    expect(fields['stream_ms']).toBeGreaterThan(0)
    expect(fields['record_ms']).toBeGreaterThanOrEqual(55)
    const parts = ['auth_ms', 'body_ms', 'route_ms', 'first_byte_ms', 'stream_ms', 'record_ms']
    const sum = parts.reduce((total, part) => total + Number(fields[part]), 0)
    // Less than the shortest part: none is missing or counted twice.
    expect(Math.abs(sum - Number(duration))).toBeLessThan(55)
  })

  test('includes the start of the process only for the first request of an instance', async () => {
    const { url, line } = await timed(() => ({ body: [whole] }))
    await (await post(url, {}, asAdmin)).text()
    await (await post(url, {}, asAdmin)).text()
    expect((await line(0))['queue_ms']).toBeGreaterThan(0)
    expect((await line(1))['queue_ms']).toBeUndefined()
  })

  test('has the completed phases of a call that fails', async () => {
    const { url, line } = await timed(() => ({ body: [whole] }))
    await (await post(url, { model: 'none' }, asAdmin)).text()
    const fields = await line()
    expect(fields['error_code']).toBe('model_not_found')
    expect(fields['auth_ms']).toBeGreaterThanOrEqual(0)
    expect(fields['body_ms']).toBeGreaterThanOrEqual(0)
    expect(fields['first_byte_ms']).toBeUndefined()
  })
})

describe('server-timing', () => {
  test('has the phases completed before the headers, for the holder of the admin key (R74)', async () => {
    const { url } = await timed(streamed)
    const reply = await post(url, { stream: true }, asAdmin)
    const header = reply.headers.get('server-timing')
    expect(header).toMatch(
      /^queue;dur=[\d.]+, auth;dur=[\d.]+, body;dur=[\d.]+, route;dur=[\d.]+, first_byte;dur=[\d.]+$/,
    )
    await reply.text()
    const whole = await post(url, { model: 'none' }, asAdmin)
    expect(whole.headers.get('server-timing')).toMatch(/^auth;dur=[\d.]+, body;dur=[\d.]+$/)
  })

  test('includes the record if the reply is not streamed', async () => {
    const { url } = await timed(() => ({ body: [whole] }))
    expect((await post(url, {}, asAdmin)).headers.get('server-timing')).toMatch(/, record;dur=[\d.]+$/)
  })

  test.each([
    ['without a key', {}],
    ['with a wrong key', { 'x-gateway-key': 'wrong-key-0123456789' }],
  ])('is not sent %s (R74)', async (_, headers) => {
    const { url } = await timed(() => ({ body: [whole] }), undefined, { DISABLE_AUTH: 'true' })
    const reply = await post(url, {}, headers)
    expect(reply.status).toBe(200)
    expect(reply.headers.get('server-timing')).toBeNull()
    const closed = await timed(() => ({ body: [whole] }))
    const rejected = await post(closed.url, {}, headers)
    expect(rejected.status).toBe(401)
    expect(rejected.headers.get('server-timing')).toBeNull()
  })

  test.each([
    ['GET', '/v1/models', listModels],
    ['POST', '/admin/reload', reload],
  ] as const)('is also sent for %s %s', async (method, path, make) => {
    const { url } = await timed(() => ({ body: [whole] }), make)
    const reply = await fetch(url + path, { method, headers: asAdmin })
    expect(reply.headers.get('server-timing')).toMatch(/auth;dur=/)
  })

  test('is sent for GET /health with the admin key only', async () => {
    const { url } = await timed(
      () => ({}),
      ({ server }) => health(server, { GATEWAY_ADMIN_KEY: adminKey, MODEL_PROVIDER_MAP: '{}' }),
    )
    expect((await fetch(`${url}/health`)).headers.get('server-timing')).toBeNull()
    expect((await fetch(`${url}/health`, { headers: asAdmin })).headers.get('server-timing')).toMatch(/auth;dur=/)
  })
})
