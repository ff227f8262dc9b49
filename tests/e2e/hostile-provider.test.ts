import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals'
import { faultyReceiver, type Receiver } from '../../testing/rig/faulty-receiver.ts'
import { type BuiltGateway, builtGateway } from '../../testing/servers/built-gateway.ts'
import { type LoopbackServer, loopbackServer } from '../../testing/servers/loopback-server.ts'
import { json, type Script, type Step, sse } from '../../testing/stand-ins/provider.ts'
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

const recordOf = (response: Response): TakenRecord => {
  const bodies = receiver.taken.get(response.headers.get('x-request-id') ?? '') ?? []
  expect(bodies).toHaveLength(1)
  return JSON.parse(bodies[0] ?? '{}') as TakenRecord
}

describe('a redirect', () => {
  test.each([301, 302, 303, 307, 308].flatMap((status) => [true, false].map((stream) => [status, stream] as const)))(
    'of kind %i is a 502 and is not followed (stream: %s) (R19)',
    async (status, stream) => {
      script = { status, headers: { location: `${trap.url}/elsewhere` } }
      expect((await gateway.call({ stream })).status).toBe(502)
      expect(trapped).toEqual([])
    },
  )
})

test('no field of a body takes a request to another host (R2, R19)', async () => {
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

describe('a record', () => {
  test.each([true, false])(
    'carries the model that was asked for, whatever the provider calls it (stream: %s) (R21)',
    async (stream) => {
      const chunks = [word('Hello', 'stop'), chunk({ choices: [], usage })].map((event) =>
        event.replace('"model":"m"', '"model":"m-2099-premium"'),
      )
      script = stream ? sse(...chunks, 'data: [DONE]\n\n') : json({ ...whole, model: 'm-2099-premium' })
      const response = await gateway.call({ stream })
      await response.text()
      expect(recordOf(response)).toMatchObject({ model: 'm', usage, metadata: { upstream_model: 'm' } })
    },
  )

  test('of an answer that the total deadline ends in mid-stream is of what was delivered, after an error event (R9)', async () => {
    script = { ...sse(), body: dripping() }
    const response = await gateway.call({ stream: true })
    const stream = readStream(await response.text())
    expect(stream.text.length).toBeGreaterThan(10)
    expect([stream.dones, stream.events.at(-1)?.error?.code]).toEqual([0, 'upstream_timeout'])
    expect(recordOf(response).metadata).toMatchObject({ outcome: 'timeout', estimated: true, stream: true })
  })
})

/** Words for two seconds. */
function* dripping(): Generator<Step> {
  for (let count = 0; count < 40; count++) {
    yield word('word ')
    yield new Promise((resolve) => setTimeout(resolve, 50))
  }
}

test('others are served while a provider sends a line without end (R14)', async () => {
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
  const begin = performance.now()
  for (let count = 0; count < 20; count++) expect((await gateway.call({})).status).toBe(200)
  expect(performance.now() - begin).toBeLessThan(5_000)
  expect((await endless).status).toBeGreaterThanOrEqual(500)
})

test('nothing that a provider said is in the log (R13)', async () => {
  const said = 'sixteen tons of provider words'
  const scripts: Script[] = [
    json({ error: { message: said, code: 500 } }, 500),
    json(said),
    sse(`data: <${said}>\n\n`),
    sse(word(said), `data: {"error":{"message":"${said}"}}\n\n`),
    sse(word(said), `${said}\n\n`, 'reset'),
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
