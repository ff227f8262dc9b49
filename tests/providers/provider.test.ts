import { once } from 'node:events'
import { createServer } from 'node:net'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { json, type Script, type ScriptedProvider, scriptedProvider, sse } from '../../testing/stand-ins/provider.ts'
import { caller, createTestProvider, routeTo, timeouts } from '../support/call-provider.ts'
import { readStream } from '../support/read-stream.ts'

const deltaChunk = (delta: object, reason: string | null = null, rest: object = {}): string =>
  `data: ${JSON.stringify({ id: 'c1', object: 'chat.completion.chunk', created: 1, model: 'm', choices: [{ index: 0, delta, finish_reason: reason }], ...rest })}\n\n`

const chunk = (content: string, rest: object = {}, reason: string | null = null): string =>
  deltaChunk({ content }, reason, rest)

/** The first chunk of a choice in normal form. */
const firstChunk = (content: string, rest: object = {}): string =>
  deltaChunk({ role: 'assistant', content }, null, rest)

const done = 'data: [DONE]\n\n'
const answer = {
  id: 'c',
  object: 'chat.completion',
  created: 1,
  model: 'm',
  choices: [
    { index: 0, message: { role: 'assistant', content: 'ok', refusal: null }, logprobs: null, finish_reason: 'stop' },
  ],
}
const whole = json(answer)

let provider: ScriptedProvider
let script: (attempt: number) => Script

beforeAll(async () => {
  provider = await scriptedProvider(() => script(provider.requests.length))
})

beforeEach(() => {
  provider.requests.length = 0
  script = () => whole
})

afterAll(() => provider.close())

const call = caller()
const route = (fields: Parameters<typeof routeTo>[1] = {}) => routeTo(provider.url, fields)

describe('bytes', () => {
  test('passes events on byte for byte if no rule changes them', async () => {
    const odd =
      'data: { "id":"c1", "object":"chat.completion.chunk","created":1,"model":"m","tomorrow":1e2,"choices":[{"index":0,"delta":{"role":"assistant","content":"\\u4f60"},"finish_reason":null}]}\n\n'
    const sent = [odd, chunk('a'), chunk('', {}, 'stop')]
    script = () => sse(...sent, done)
    expect((await call(route(), { stream: true })).body).toBe(sent.join(''))
  })

  test('passes a whole response on byte for byte if no rule changes it', async () => {
    const text = JSON.stringify(answer, null, 3).replace('"created": 1', '"created": 1, "big": 12345678901234567890')
    script = () => json(text)
    expect((await call(route(), {})).body).toBe(text)
  })

  test('sends a document that answers a stream call as one event of one line', async () => {
    const completion = {
      ...answer,
      object: 'text_completion',
      choices: [{ index: 0, text: 'a', finish_reason: 'stop' }],
    }
    for (const lineEnd of ['\n', '\r\n', '\r']) {
      script = () => json(JSON.stringify(completion, null, 1).replaceAll('\n', lineEnd))
      const { body } = await call(route(), { stream: true }, { operation: 'completions' })
      expect(body).toMatch(/^data: [^\r\n]+\n\n$/)
      expect(JSON.parse(body.slice(6))).toEqual(completion)
    }
  })

  test('forwards unknown request fields unchanged, and no control fields', async () => {
    const fields = {
      tools: [{ type: 'function' }],
      thinking: { type: 'enabled' },
      tomorrow: [{ a: null }],
      logprobs: true,
    }
    await call(route(), { ...fields, api_key: 'k', api_base: 'http://evil', base_url: 'http://evil' })
    expect(provider.requests[0]?.body).toEqual({ model: 'm', messages: [{ role: 'user', content: 'hi' }], ...fields })
  })

  test('passes on the same events wherever the stream is cut', async () => {
    const bytes = Buffer.from(
      [firstChunk('你好', { usage: null }), ': c\n\n', chunk('🙂'), chunk('', {}, 'stop'), done].join(''),
    )
    const expected = [firstChunk('你好'), chunk('🙂'), chunk('', {}, 'stop')].join('')
    const cuts = fc.array(fc.integer({ min: 1, max: bytes.length - 1 }), { maxLength: 12 })
    await fc.assert(
      fc.asyncProperty(cuts, async (places) => {
        const sorted = [0, ...places.sort((a, b) => a - b), bytes.length]
        const pieces = sorted.slice(1).map((end, index) => bytes.subarray(sorted[index], end))
        script = () => sse(...pieces.filter((piece) => piece.length > 0))
        expect((await call(route(), { stream: true })).body).toBe(expected)
      }),
      { numRuns: 60 },
    )
  })
})

test.each(['', null])('sends the role in the first delta if the provider sends %j in its place', async (role) => {
  const delta = (fields: object, reason: string | null = null): string =>
    `data: ${JSON.stringify({ choices: [{ index: 0, delta: fields, finish_reason: reason }] })}\n\n`
  script = () => sse(delta({ role, content: 'a' }), delta({ role: '', content: 'b' }), delta({}, 'stop'))
  const { events } = readStream((await call(route(), { stream: true })).body)
  expect(events.map(({ choices }) => choices?.[0]?.delta)).toEqual([
    { role: 'assistant', content: 'a' },
    { content: 'b' },
    {},
  ])
})

test('delivers the events that arrive together with an error before the stream ends with it', async () => {
  const error = `data: ${JSON.stringify({ error: { message: 'overloaded', code: 503 } })}\n\n`
  const later = new Promise((resolve) => setTimeout(resolve, 50))
  script = () => sse(firstChunk('a'), later, chunk('b') + error)
  const { body, heard, end } = await call(route(), { stream: true })
  expect([body, heard]).toEqual([firstChunk('a') + chunk('b'), 'ab'])
  expect(end).toMatchObject({ outcome: 'upstream_cut', error: { status: 503 } })
})

describe('usage', () => {
  const counted = { prompt_tokens: 3, completion_tokens: 4, total_tokens: 7 }
  const usage = (total: number, details = {}) => ({
    prompt_tokens: total,
    completion_tokens: 0,
    total_tokens: total,
    ...details,
  })

  test.each([
    ['the last value wins', [chunk('a', { usage: usage(1) }), chunk('', { usage: usage(9) }, 'stop')], usage(9)],
    ['zero stays zero', [chunk('a', {}, 'stop'), chunk('', { choices: [], usage: usage(0) })], usage(0)],
    [
      'details are kept',
      [chunk('a', { usage: usage(2, { prompt_tokens_details: { cached_tokens: 1 } }) }, 'stop')],
      usage(2, { prompt_tokens_details: { cached_tokens: 1 } }),
    ],
    [
      'negative counts are none',
      [chunk('a', { usage: { prompt_tokens: -1, completion_tokens: 2 } }, 'stop')],
      undefined,
    ],
    ['text that is no number is none', [chunk('a', { usage: { prompt_tokens: '3 tokens' } }, 'stop')], undefined],
    ['1e308 is none', [chunk('a', { usage: usage(1e308) }, 'stop')], undefined],
    [
      'nothing after [DONE] counts',
      [chunk('a', { usage: usage(2) }, 'stop'), done, chunk('', { usage: usage(7) })],
      usage(2),
    ],
    ['one that text comes after is none', [chunk('a', { usage: counted }), chunk('b', {}, 'stop')], undefined],
    ['zero in the middle of a text that is cut is none', [chunk('a', { usage: usage(0) }), chunk('b')], undefined],
    ['the prompt alone is none', [chunk('', { usage: usage(7) }), chunk('b', { usage: usage(7) })], undefined],
    ['a count that came with a text that is cut is one', [chunk('a'), chunk('b', { usage: counted })], counted],
    [
      'zeros that came with the text do not count if the end states none',
      [chunk('a', { usage: usage(0) }), chunk('', {}, 'stop')],
      undefined,
    ],
    [
      'an output of 0 beside a long text is none',
      [chunk('word '.repeat(20)), chunk('', { usage: usage(9) }, 'stop')],
      undefined,
    ],
    [
      'an output of 0 beside a short text is one',
      [chunk('a few words'), chunk('', { usage: usage(9) }, 'stop')],
      usage(9),
    ],
    [
      'zeros beside a long text are stated',
      [chunk('word '.repeat(20)), chunk('', { usage: usage(0) }, 'stop')],
      usage(0),
    ],
    [
      'an output that only the total shows is one',
      [chunk('word '.repeat(20)), chunk('', { usage: { ...usage(9), total_tokens: 40 } }, 'stop')],
      { ...usage(9), total_tokens: 40 },
    ],
    ['a total of 0 is the sum', [chunk('a', { usage: { ...counted, total_tokens: 0 } }, 'stop')], counted],
    ['a total below its parts is the sum', [chunk('a', { usage: { ...counted, total_tokens: 4 } }, 'stop')], counted],
    [
      'zeros do not replace counts',
      [chunk('a', { usage: counted }, 'stop'), chunk('', { choices: [], usage: usage(0) })],
      counted,
    ],
    [
      'zeros after counts and text are none',
      [chunk('a', { usage: counted }), chunk('b', {}, 'stop'), chunk('', { choices: [], usage: usage(0) })],
      undefined,
    ],
    ['one in a delta is one', [deltaChunk({ content: 'a', usage: counted }, 'stop')], counted],
    [
      'other names count',
      [chunk('a', { usage: { input_tokens: 1, cache_read_input_tokens: 2, output_tokens: 4 } }, 'stop')],
      { input_tokens: 1, cache_read_input_tokens: 2, output_tokens: 4, ...counted },
    ],
    [
      'a missing total is the sum',
      [chunk('a', { usage: { prompt_tokens: 3, completion_tokens: 4 } }, 'stop')],
      { prompt_tokens: 3, completion_tokens: 4, total_tokens: 7 },
    ],
    [
      'a missing output is the rest of the total',
      [chunk('a', { usage: { prompt_tokens: 3, total_tokens: 7 } }, 'stop')],
      counted,
    ],
    [
      'a missing prompt is the rest of the total',
      [chunk('a', { usage: { completion_tokens: 4, total_tokens: 7 } }, 'stop')],
      counted,
    ],
  ] as [string, string[], unknown][])('reads the usage of a stream: %s (R18)', async (_name, events, expected) => {
    script = () => sse(...events)
    expect((await call(route(), { stream: true })).end?.usage).toEqual(expected)
  })

  test("asks for usage next to the client's stream options, and never without a stream (R44)", async () => {
    script = () => sse(chunk('', {}, 'stop'))
    await call(route(), { stream: true, stream_options: { include_obfuscation: false } })
    expect(provider.requests[0]?.body['stream_options']).toEqual({ include_obfuscation: false, include_usage: true })
    script = () => whole
    await call(route(), {})
    expect(provider.requests[1]?.body).not.toHaveProperty('stream_options')
  })

  test('does not ask for usage if stream_usage is off, and does not give up if it is force', async () => {
    script = () => sse(chunk('', {}, 'stop'))
    await call(route({ streamUsage: 'off' }), { stream: true, stream_options: { include_usage: true } })
    expect(provider.requests[0]?.body).not.toHaveProperty('stream_options')
    script = () => json({ error: { message: 'stream_options is not supported' } }, 400)
    await expect(call(route({ streamUsage: 'force' }), { stream: true })).rejects.toMatchObject({ status: 400 })
    expect(provider.requests.length).toBe(2)
  })
})

test('calls onText with everything that is billed: text, thoughts, tool calls', async () => {
  const delta = (fields: object) =>
    `data: ${JSON.stringify({ choices: [{ index: 0, delta: fields, finish_reason: null }] })}\n\n`
  const called = { tool_calls: [{ index: 0, function: { name: 'f', arguments: '{}' } }] }
  script = () => sse(delta({ reasoning_content: 'a' }), delta({ content: 'b' }), delta(called), done)
  expect((await call(route(), { stream: true })).heard).toBe('abf{}')
})

describe('a repeat', () => {
  test.each([429, 503])(
    'repeats a call once after a %i that asks to come back within a second (R7)',
    async (status) => {
      script = (attempt) => (attempt === 1 ? { status, headers: { 'retry-after-ms': '20' } } : whole)
      expect((await call(route(), {})).heard).toBe('ok')
      script = () => ({ status, headers: { 'retry-after': '0' } })
      await expect(call(route(), {})).rejects.toMatchObject({ status })
      expect(provider.requests.length).toBe(4)
    },
  )

  test.each([
    ['429 with a long wait', { status: 429, headers: { 'retry-after': '3600' } }],
    ['429 without a wait', { status: 429 }],
    ['503 without a wait', { status: 503 }],
    ['500', { status: 500, headers: { 'retry-after': '0', 'x-should-retry': 'true' } }],
    ['a reset after the request arrived', { raw: true, body: ['reset'] }],
  ] as [string, Script][])('does not repeat a call after %s (R8)', async (_name, failure) => {
    script = () => failure
    await expect(caller()(route(), {})).rejects.toBeDefined()
    expect(provider.requests.length).toBe(1)
  })

  test('does not repeat a call after a reset of a kept-alive connection that had taken the request (R8)', async () => {
    const fresh = caller()
    const before = provider.connections()
    await fresh(route(), {})
    script = () => ({ raw: true, body: ['reset'] })
    await expect(fresh(route(), {})).rejects.toMatchObject({
      status: 502,
      options: { headers: { 'x-should-retry': 'false' } },
    })
    expect([provider.requests.length, provider.connections() - before]).toEqual([2, 1])
  })

  test('fails with a 502 that clients may repeat if the connection is refused', async () => {
    const server = createServer().listen(0, '127.0.0.1')
    await once(server, 'listening')
    const { port } = server.address() as { port: number }
    server.close()
    const failure = await call(routeTo(`http://127.0.0.1:${port}`), {}).catch((error: unknown) => error)
    expect(failure).toMatchObject({ status: 502, code: 'upstream_error' })
    expect(failure).not.toMatchObject({ options: { headers: { 'x-should-retry': 'false' } } })
  })
})

describe('keep-alive comments', () => {
  test('writes comments while the model thinks, before its first event and between events', async () => {
    const think = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 200))
    const thinking = async function* (): AsyncGenerator<string> {
      await think()
      yield firstChunk('a')
      await think()
      yield chunk('', {}, 'stop')
    }
    script = () => ({ headers: { 'content-type': 'text/event-stream' }, body: thinking() })
    const { body, end } = await call(route(), { stream: true }, { keepAliveMs: 40 })
    const [before, between] = body.split(firstChunk('a'))
    expect(before).toMatch(/^(: keep-alive\n\n)+$/)
    expect(between).toMatch(/^(: keep-alive\n\n)+data/)
    expect(end?.outcome).toBe('complete')
  })

  test('ends the stream with an error if the response fails after the first comment', async () => {
    script = () => ({ raw: true, body: [new Promise((resolve) => setTimeout(resolve, 150)), 'reset'] })
    const { body, end } = await call(route(), { stream: true }, { keepAliveMs: 40 })
    expect(body).toMatch(/^(: keep-alive\n\n)+$/)
    expect(end).toMatchObject({ outcome: 'upstream_cut', error: { status: 502 } })
  })

  test('fails with a status if the response fails before the first comment', async () => {
    script = () => json({ error: { message: 'no' } }, 400)
    await expect(call(route(), { stream: true }, { keepAliveMs: 5_000 })).rejects.toMatchObject({ status: 400 })
  })
})

describe('a client that leaves', () => {
  test.each([
    ['before the response', { raw: true, body: ['hang'] }],
    ['in the middle of it', sse(chunk('a'), 'hang')],
  ] as [string, Script][])('closes the connection to the provider if the client leaves %s', async (_name, hanging) => {
    script = () => hanging
    const gone = new AbortController()
    const calling = call(route(), { stream: true }, { signal: gone.signal }).catch((error: unknown) => error)
    while (provider.requests.length === 0) await new Promise((resolve) => setTimeout(resolve, 5))
    await new Promise((resolve) => setTimeout(resolve, 30))
    gone.abort()
    await provider.requests[0]?.closed
    const outcome = await calling
    expect(outcome).toMatchObject(
      outcome instanceof Error ? { code: 'client_gone' } : { end: { outcome: 'client_gone' } },
    )
  })
})

test('applies the total deadline to both tries together', async () => {
  const short = caller(createTestProvider({ ...timeouts, total: 300 }))
  script = (attempt) =>
    attempt === 1 ? { status: 503, headers: { 'retry-after-ms': '250' } } : { raw: true, body: ['hang'] }
  await expect(short(route(), {})).rejects.toMatchObject({ status: 504, code: 'upstream_timeout' })
})

test('sends the client and the provider each their own name for the model', async () => {
  script = () => sse(chunk('a', { model: 'ep-2026' }), chunk('', { model: 'ep-2026' }, 'stop'))
  const { body } = await call(route({ upstreamModel: 'ep-2026' }), { stream: true })
  expect(readStream(body).events.map(({ model }) => model)).toEqual(['m', 'm'])
  expect(provider.requests[0]?.body['model']).toBe('ep-2026')
})

test.each([
  [{}, { max_tokens: 50 }],
  [{ max_tokens: 900 }, { max_tokens: 50 }],
  [{ max_completion_tokens: 10 }, { max_completion_tokens: 10 }],
])('limits the tokens of %j to 50: %j', async (asked, sent) => {
  await call(route({ maxTokens: 50 }), asked)
  expect(provider.requests[0]?.body).toEqual({ model: 'm', messages: [{ role: 'user', content: 'hi' }], ...sent })
})
