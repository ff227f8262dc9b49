import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals'
import { readConfig } from '../../shared/gateway/config/config.ts'
import { relay } from '../../shared/gateway/relay/relay.ts'
import { serveText } from '../../shared/gateway/relay/serve-text.ts'
import { serve } from '../../shared/http/server.ts'
import type { UsageRecord } from '../../shared/usage/store/record.ts'
import { type LoopbackServer, loopbackServer, waitForListening } from '../../testing/servers/loopback-server.ts'
import { json, type Script, type ScriptedProvider, scriptedProvider, sse } from '../../testing/stand-ins/provider.ts'
import { captureLog, type LogLine } from '../support/capture-log.ts'

const usage = { prompt_tokens: 1_000, completion_tokens: 500, total_tokens: 1_500 }
const choice = (rest: object) => ({ id: 'c', created: 1, choices: [{ index: 0, ...rest, finish_reason: 'stop' }] })
const answer = (model: string) => ({
  ...choice({ message: { role: 'assistant', content: 'hi' } }),
  ...{ object: 'chat.completion', model, usage },
})
const events = (model: string): Script =>
  sse(
    `data: ${JSON.stringify({ ...choice({ delta: { role: 'assistant', content: 'hi' } }), object: 'chat.completion.chunk', model })}\n\n`,
    `data: ${JSON.stringify({ id: 'c', created: 1, object: 'chat.completion.chunk', model, choices: [], usage })}\n\n`,
    'data: [DONE]\n\n',
  )

let provider: ScriptedProvider
let receiver: LoopbackServer
let records: UsageRecord[]
/** The failure of each upstream model. */
let failures: Record<string, Script>
const cleanups: (() => Promise<void>)[] = []

beforeAll(async () => {
  provider = await scriptedProvider(({ body }) => {
    const model = String(body['model'])
    return failures[model] ?? (body['stream'] ? events(model) : json(answer(model)))
  })
  receiver = await loopbackServer(async (request, response) => {
    const pieces: Buffer[] = []
    for await (const piece of request) pieces.push(piece as Buffer)
    records.push(JSON.parse(Buffer.concat(pieces).toString()) as UsageRecord)
    response.end()
  })
})

beforeEach(() => {
  records = []
  failures = {}
  provider.requests.length = 0
})

afterEach(async () => {
  for (const cleanup of cleanups.splice(0)) await cleanup()
})

afterAll(async () => {
  await provider.close()
  await receiver.close()
})

const startGateway = async (map: Record<string, object>): Promise<{ url: string; lines: LogLine[] }> => {
  const entries = Object.entries(map).map(([model, entry]) => [
    model,
    { api_base: `${provider.url}/v1`, api_key: 'k', ...entry },
  ])
  const config = readConfig({
    ...{ DISABLE_AUTH: 'true', ALLOW_PRIVATE_UPSTREAMS: 'true', LOG_LEVEL: 'error', USAGE_STORE: 'none' },
    ...{ BILLING_WEBHOOK_URL: receiver.url, POINTS_PER_YUAN: '1000', STREAM_KEEPALIVE_SECONDS: '1' },
    MODEL_PROVIDER_MAP: JSON.stringify(Object.fromEntries(entries)),
  })
  const { log, lines } = captureLog()
  const server = { ...config.server, host: '127.0.0.1', port: 0, log }
  const { url, close } = await waitForListening(
    serve(relay('chat/completions', { ...config, server }, serveText), server),
  )
  cleanups.push(close)
  return { url: `${url}/v1/chat/completions`, lines }
}

const post = (url: string, body: object = {}): Promise<Response> =>
  fetch(url, {
    method: 'POST',
    body: JSON.stringify({ model: 'chat', messages: [{ role: 'user', content: 'hi' }], ...body }),
  })

const prices = (input: number, output: number) => ({ input_price_per_1m: input, output_price_per_1m: output })

const map = {
  chat: { upstream_model: 'one', ...prices(10, 20), fallbacks: ['spare'], max_tokens: 100 },
  spare: {
    upstream_model: 'two',
    provider: 'hosted_vllm',
    ...prices(1, 2),
    allowed_groups: [],
    max_tokens: 500,
    listed: 0,
  },
}

describe('the record of a call that a fallback answered', () => {
  test.each([false, true])(
    'has the price of the model that was asked for, the cost at the target, and each attempt; stream %j (R84)',
    async (stream) => {
      failures = { one: json({ error: { message: 'no' } }, 429) }
      const { url, lines } = await startGateway(map)
      const reply = await post(url, { stream })
      expect(reply.status).toBe(200)
      expect(await reply.text()).toContain('"model":"chat"')
      expect(records).toHaveLength(1)
      expect(records[0]).toMatchObject({
        model: 'chat',
        usage,
        points: 20,
        metadata: {
          outcome: 'complete',
          provider: 'hosted_vllm',
          upstream_model: 'two',
          target: 'spare',
          cost_cny: '0.002',
          attempts: [
            { target: 'chat', status: 429, error: 'rate_limit_exceeded', ms: expect.any(Number) },
            { target: 'spare', status: 200, error: null, ms: expect.any(Number) },
          ],
        },
      })
      expect(lines.find(({ event }) => event === 'request')?.fields).toMatchObject({
        target: 'spare',
        target_attempts: 2,
      })
    },
  )

  test('keeps the bound of max_tokens of the model that was asked for, and its access', async () => {
    failures = { one: json({ error: { message: 'no' } }, 429) }
    const { url } = await startGateway(map)
    expect((await post(url, { max_tokens: 400 })).status).toBe(200)
    expect(provider.requests.at(-1)?.body).toMatchObject({ model: 'two', max_tokens: 100 })
  })
})

test('records the cost at the own price of the target that responded, and none if its price is unknown', async () => {
  const { url } = await startGateway({
    own: { ...prices(10, 20), targets: [prices(2, 4), { weight: 0 }] },
    chat: { ...prices(10, 20), upstream_model: 'one', fallbacks: ['free'] },
    free: { upstream_model: 'two' },
  })
  failures = { one: json({ error: { message: 'no' } }, 429) }
  for (const model of ['own', 'chat']) await (await post(url, { model })).text()
  expect(records.map(({ points, metadata }) => [points, metadata['target'], metadata['cost_cny']])).toEqual([
    [20, 'own/1', '0.004'],
    [20, 'free', undefined],
  ])
})

test('writes no record if no target answers, and says when to come back', async () => {
  failures = {
    one: { ...json({ error: { message: 'no' } }, 429), headers: { 'retry-after': '9' } },
    two: json({}, 402),
  }
  const { url } = await startGateway(map)
  const reply = await post(url)
  expect(reply.status).toBe(503)
  expect(reply.headers.get('retry-after')).toBe('9')
  expect(await reply.json()).toMatchObject({ error: { code: 'upstream_unavailable' }, code: 'UPSTREAM_UNAVAILABLE' })
  expect(records).toEqual([])
})

test('writes the record of a plain entry as ever, without target and attempts', async () => {
  const { url } = await startGateway({ chat: { ...prices(10, 20) } })
  await (await post(url)).text()
  expect(records).toHaveLength(1)
  expect(records[0]?.metadata).toMatchObject({ cost_cny: '0.02', upstream_model: 'chat' })
  expect(Object.keys(records[0]?.metadata ?? {})).not.toEqual(expect.arrayContaining(['target']))
})

test('sends keep-alive comments while targets are switched, and then the answer', async () => {
  const waits = new Promise((resolve) => setTimeout(resolve, 1_400))
  failures = { one: { status: 429, body: [waits, '{}'] } }
  const { url } = await startGateway(map)
  const text = await (await post(url, { stream: true })).text()
  expect(text).toMatch(/^: /)
  expect(text).toContain('"content":"hi"')
  expect(text.trimEnd().endsWith('data: [DONE]')).toBe(true)
})
