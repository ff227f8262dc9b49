import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals'
import { faultyReceiver, type Receiver } from '../../testing/rig/faulty-receiver.ts'
import { type BuiltGateway, builtGateway } from '../../testing/servers/built-gateway.ts'
import { type LoopbackServer, loopbackServer } from '../../testing/servers/loopback-server.ts'
import { json, type Script, type Step, sse } from '../../testing/stand-ins/provider.ts'
import { cpuMs } from '../../testing/stats/process-meter.ts'
import { readStream } from '../support/read-stream.ts'

const chunk = (fields: object): string =>
  `data: ${JSON.stringify({ id: 'c', object: 'chat.completion.chunk', created: 1, model: 'm', ...fields })}\n\n`
const word = (content: string, reason: string | null = null): string =>
  chunk({ choices: [{ index: 0, delta: { content }, finish_reason: reason }] })
const usage = { prompt_tokens: 12, completion_tokens: 34, total_tokens: 46 }
const message = { role: 'assistant', content: 'Hello' }
const whole = { id: 'a', model: 'm', choices: [{ index: 0, message, finish_reason: 'stop' }], usage }

let gateway: BuiltGateway
let receiver: Receiver
let trap: LoopbackServer
let trapped: string[]
let script: Script

beforeAll(async () => {
  receiver = await faultyReceiver({ faults: 0, seed: 1 })
  trap = await loopbackServer((request, response) => {
    trapped.push(request.url ?? '')
    response.end(JSON.stringify(whole))
  })
  gateway = await builtGateway({
    answer: () => script,
    environment: { BILLING_WEBHOOK_URL: receiver.url, UPSTREAM_TIMEOUT_TOTAL: '900', STREAM_KEEPALIVE_SECONDS: '0' },
  })
})

beforeEach(() => {
  trapped = []
})

afterAll(() => Promise.all([gateway.close(), receiver.close(), trap.close()]))

interface TakenRecord {
  readonly model: string
  readonly usage: typeof usage
  readonly metadata: Readonly<Record<string, unknown>>
}

const readRecord = (response: Response): TakenRecord => {
  const bodies = receiver.taken.get(response.headers.get('x-request-id') ?? '') ?? []
  expect(bodies).toHaveLength(1)
  return JSON.parse(bodies[0] ?? '{}') as TakenRecord
}

describe('a redirect of a provider', () => {
  test.each([301, 302, 303, 307, 308].flatMap((status) => [true, false].map((stream) => [status, stream] as const)))(
    'becomes a 502 and is not followed: %i (stream: %s) (R19)',
    async (status, stream) => {
      script = { status, headers: { location: `${trap.url}/elsewhere` } }
      expect((await gateway.call({ stream })).status).toBe(502)
      expect(trapped).toEqual([])
    },
  )
})

test('sends no request to another host for any field of a body (R2, R19)', async () => {
  const { url } = trap
  const fields = [
    ...[
      'api_base',
      'base_url',
      'api_key',
      'custom_llm_provider',
      'extra_headers',
      'extra_body',
      'fallbacks',
      'provider',
    ],
    ...['mock_response', 'model_list', 'models', 'route', 'plugins', 'api_version', 'proxy', 'url', 'host', 'endpoint'],
  ]
  script = json(whole)
  for (const field of fields) {
    for (const value of [url, { url, api_base: url }, [{ model: 'm', api_base: url }]]) {
      expect((await gateway.call({ [field]: value })).status).toBe(200)
    }
  }
  expect(trapped).toEqual([])
}, 30_000)

describe('a usage record', () => {
  test.each([true, false])(
    'has the requested model although the provider returns another name (stream: %s) (R21)',
    async (stream) => {
      const chunks = [word('Hello', 'stop'), chunk({ choices: [], usage })].map((event) =>
        event.replace('"model":"m"', '"model":"m-2099-premium"'),
      )
      script = stream ? sse(...chunks, 'data: [DONE]\n\n') : json({ ...whole, model: 'm-2099-premium' })
      const response = await gateway.call({ stream })
      await response.text()
      expect(readRecord(response)).toMatchObject({ model: 'm', usage, metadata: { upstream_model: 'm' } })
    },
  )

  test('counts the delivered text if the total deadline ends a stream with an error event (R9)', async () => {
    script = { ...sse(), body: drip() }
    const response = await gateway.call({ stream: true })
    const stream = readStream(await response.text())
    expect(stream.text.length).toBeGreaterThan(10)
    expect([stream.dones, stream.events.at(-1)?.error?.code]).toEqual([0, 'upstream_timeout'])
    expect(readRecord(response).metadata).toMatchObject({ outcome: 'timeout', estimated: true, stream: true })
  })
})

/** Sends words for two seconds. */
function* drip(): Generator<Step> {
  for (let count = 0; count < 40; count++) {
    yield word('word ')
    yield new Promise((resolve) => setTimeout(resolve, 50))
  }
}

test('serves other requests while a provider sends an endless line (R14)', async () => {
  const pieces = function* (): Generator<Step> {
    for (let sent = 0; sent < 40; sent++) {
      yield Buffer.alloc(16_384, 'x')
      yield new Promise((resolve) => setTimeout(resolve, 10))
    }
    yield 'hang'
  }
  script = { headers: { 'content-type': 'text/event-stream' }, body: pieces() }
  const endless = gateway.call({ stream: true })
  const seen = gateway.provider.requests.length
  while (gateway.provider.requests.length === seen) await new Promise((resolve) => setTimeout(resolve, 5))
  await new Promise((resolve) => setTimeout(resolve, 50))
  script = json(whole)
  const { pid = 0 } = gateway.built.child
  const cpuBefore = cpuMs(pid)
  for (let count = 0; count < 20; count++) expect((await gateway.call({})).status).toBe(200)
  expect(cpuMs(pid) - cpuBefore).toBeLessThan(2_000)
  expect((await endless).status).toBeGreaterThanOrEqual(500)
})

test('logs no text of a provider (R13)', async () => {
  const text = 'sixteen tons of provider words'
  const scripts: Script[] = [
    json({ error: { message: text, code: 500 } }, 500),
    json(text),
    sse(`data: <${text}>\n\n`),
    sse(word(text), `data: {"error":{"message":"${text}"}}\n\n`),
    sse(word(text), `${text}\n\n`, 'reset'),
    json(whole),
  ]
  for (const one of scripts) {
    for (const stream of [true, false]) {
      script = one
      await gateway
        .call({ stream, messages: [{ role: 'user', content: 'sixteen words of a prompt' }] })
        .then((response) => response.text())
    }
  }
  const log = gateway.built.log.join('\n')
  expect(log).toContain('"event":"request"')
  expect(log).not.toMatch(/sixteen|sk-test/)
})
