import { gzipSync } from 'node:zlib'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals'
import { type BuiltGateway, builtGateway } from '../../testing/servers/built-gateway.ts'
import { json, type Script, type Step, sse } from '../../testing/stand-ins/provider.ts'
import { cpuMs, memoryMb } from '../../testing/stats/process-meter.ts'
import { readStream } from '../support/read-stream.ts'

const chunk = (content: string, reason: string | null = null): string =>
  `data: ${JSON.stringify({ id: 'c1', object: 'chat.completion.chunk', created: 1, model: 'm', choices: [{ index: 0, delta: { role: 'assistant', content }, finish_reason: reason }] })}\n\n`

const opening = [chunk('Hel'), chunk('lo')]
const usage = { prompt_tokens: 1, completion_tokens: 2, total_tokens: 3 }
const whole = {
  id: 'c1',
  object: 'chat.completion',
  created: 1,
  model: 'm',
  choices: [
    {
      index: 0,
      message: { role: 'assistant', content: 'Hello', refusal: null },
      logprobs: null,
      finish_reason: 'stop',
    },
  ],
  usage,
}
const html = '<html><body>nginx at 10.1.2.3 for sk-test-0123456789abcdef</body></html>'
const deep = `{"choices":[{"index":0,"delta":{"content":${'['.repeat(100_000)}${']'.repeat(100_000)}}}]}`
const wait = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

/** Waits until the gateway has read what was sent before. */
const pause = (): Promise<void> => wait(300)

/** Sends `size` bytes in pieces, without the end of a line. */
function* endless(piece: Buffer | string, size: number): Generator<Step> {
  for (let sent = 0; sent < size; sent += piece.length) yield piece
}

async function* drip(step: string, times: number): AsyncGenerator<string> {
  for (let count = 0; count < times; count++) {
    yield step
    await wait(100)
  }
}

const head = 'HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n'
const secret = /sk-test|10\.1\.2\.3|127\.0\.0\.1|nginx/

let script: Script
let gateway: BuiltGateway

beforeAll(async () => {
  gateway = await builtGateway({
    answer: () => script,
    environment: {
      UPSTREAM_TIMEOUT_FIRST_BYTE: '1000',
      UPSTREAM_TIMEOUT_IDLE: '1000',
      UPSTREAM_TIMEOUT_TOTAL: '10000',
      STREAM_KEEPALIVE_SECONDS: '0',
    },
  })
})

afterAll(() => gateway.close())

/** An event with bytes that are not UTF-8. */
const badUtf8 = [
  Buffer.from('data: {"x":"'),
  Buffer.from([0xff, 0xc0]),
  Buffer.from('","choices":[{"index":0,"delta":{"content":"lo"}}]}\n\n'),
]

interface Fault {
  readonly name: string
  readonly script: () => Script
  /** The status of the reply, or `error event` if the stream ends with one. */
  readonly status: number | 'error event'
}

const anything = { headers: { 'content-type': 'text/event-stream' } }

const streamFaults: readonly Fault[] = [
  { name: 'reset before headers', script: () => ({ raw: true, body: ['reset'] }), status: 502 },
  { name: 'end before headers', script: () => ({ raw: true, body: ['cut'] }), status: 502 },
  { name: 'no headers', script: () => ({ raw: true, body: ['hang'] }), status: 504 },
  { name: 'headers and nothing else', script: () => sse('hang'), status: 504 },
  { name: 'an empty body', script: () => sse(), status: 502 },
  { name: 'blank lines only, then nothing', script: () => sse('\n\n\n\n', 'hang'), status: 504 },
  { name: 'comments only', script: () => ({ ...anything, body: drip(': wait\n\n', 20) }), status: 504 },
  { name: '[DONE] only', script: () => sse('data: [DONE]\n\n'), status: 502 },
  { name: 'a reset before the first event', script: () => sse(': hi\n\n', 'reset'), status: 502 },
  { name: 'a reset after two events', script: () => sse(...opening, pause, 'reset'), status: 'error event' },
  { name: 'a clean end after two events', script: () => sse(...opening), status: 'error event' },
  { name: 'a cut after two events', script: () => sse(...opening, pause, 'cut'), status: 'error event' },
  { name: 'silence after two events', script: () => sse(...opening, 'hang'), status: 'error event' },
  {
    name: 'comments without end after two events',
    script: () => ({ ...anything, body: comments() }),
    status: 'error event',
  },
  {
    name: 'a line that is not JSON',
    script: () => sse(...opening, 'data: <oops 10.1.2.3>\n\n', 'hang'),
    status: 'error event',
  },
  {
    name: 'a chunk cut in the middle',
    script: () => sse(...opening, 'data: {"choices":[{"ind\n\n', 'hang'),
    status: 'error event',
  },
  {
    name: 'an error event',
    script: () => sse(...opening, 'data: {"error":{"message":"key sk-test-0123456789abcdef","code":500}}\n\n'),
    status: 'error event',
  },
  {
    name: 'an error as first event',
    script: () => sse('data: {"error":{"message":"slow down","code":429}}\n\n'),
    status: 429,
  },
  {
    name: 'an error under 200',
    script: () => json({ error: { message: 'no', type: 'invalid_request_error' } }),
    status: 400,
  },
  {
    name: 'an error in a list, as Google wraps it',
    script: () => sse('data: [{"error":{"code":429,"message":"Quota exceeded.","status":"RESOURCE_EXHAUSTED"}}]\n\n'),
    status: 429,
  },
  {
    name: 'an HTML page under 200',
    script: () => ({ headers: { 'content-type': 'text/html' }, body: [html] }),
    status: 502,
  },
  { name: 'HTML as events', script: () => ({ ...anything, body: [html] }), status: 502 },
  { name: 'null', script: () => json('null'), status: 502 },
  { name: 'an empty list', script: () => json('[]'), status: 502 },
  { name: 'cut JSON', script: () => json('{"choices":[{"index"'), status: 502 },
  { name: 'deep JSON', script: () => sse(`data: ${deep}\n\n`), status: 502 },
  {
    name: 'a redirect',
    script: () => ({ status: 307, headers: { location: `${gateway.provider.url}/trap` } }),
    status: 502,
  },
  { name: 'another protocol', script: () => ({ raw: true, body: ['SSH-2.0-OpenSSH_9.6\r\n'] }), status: 502 },
  { name: 'huge headers', script: () => ({ headers: { 'x-huge': 'x'.repeat(100_000) } }), status: 502 },
  {
    name: 'bad framing',
    script: () => ({ raw: true, body: [`${head}transfer-encoding: chunked\r\n\r\nzz\r\n`] }),
    status: 502,
  },
  {
    name: 'two lengths',
    script: () => ({ raw: true, body: [`${head}content-length: 9\r\ncontent-length: 8\r\n\r\n{}`] }),
    status: 502,
  },
  { name: 'a number', script: () => sse('data: 1\n\n'), status: 502 },
  { name: 'choices that are not a list', script: () => sse('data: {"choices":"none"}\n\n'), status: 502 },
  {
    name: 'more than 16 MiB of events',
    script: () => ({ ...anything, body: endless(opening.join(''), 20_000_000) }),
    status: 'error event',
  },
  { name: 'an event above 16 MiB', script: () => sse(chunk('x'.repeat(17_000_000))), status: 502 },
  { name: 'an unknown status', script: () => json(html, 599), status: 502 },
]

async function* comments(): AsyncGenerator<string> {
  yield* opening
  yield* drip(': still here\n\n', 20)
}

describe('a streamed call', () => {
  test.each(streamFaults)(
    'turns $name into $status (R9, R10, R13, R15, R16, R20)',
    async ({ script: broken, status }) => {
      script = broken()
      const response = await gateway.call({ stream: true })
      const body = await response.text()
      expect(body).not.toMatch(secret)
      if (status !== 'error event') {
        expect(response.status).toBe(status)
        expect(JSON.parse(body)).toMatchObject({ error: { message: expect.any(String), code: expect.any(String) } })
        return
      }
      const stream = readStream(body)
      expect([response.status, stream.text.slice(0, 5), stream.dones]).toEqual([200, 'Hello', 0])
      expect(stream.events.at(-1)?.error).toEqual({
        message: expect.any(String),
        type: expect.any(String),
        param: null,
        code: expect.any(String),
      })
    },
  )

  test.each([
    ['finish and usage, no [DONE]', [...opening, chunk('', 'stop')]],
    ['more events after [DONE]', [...opening, chunk('', 'stop'), 'data: [DONE]\n\n', chunk('more'), 'hang']],
    ['no finish reason, but [DONE]', [...opening, 'data: [DONE]\n\n']],
    ['a byte order mark and CRLF', ['\uFEFF', ...opening, chunk('', 'stop').replaceAll('\n', '\r\n')]],
    ['bare CR', [...opening, chunk('', 'stop')].map((event) => event.replaceAll('\n', '\r'))],
    ['garbage lines between', [...opening, 'garbage 10.1.2.3\n', 'event: x\n', chunk('', 'stop')]],
    ['no blank line at the end', [...opening, chunk('', 'stop').trimEnd()]],
    ['data without a space', [...opening, chunk('', 'stop').replace('data: ', 'data:')]],
    ['bytes that are not UTF-8', [chunk('Hel'), ...badUtf8, chunk('', 'stop')]],
    ['events without blank lines', [...opening, chunk('', 'stop')].map((event) => event.replace('\n\n', '\n'))],
    ['a mebibyte of comments', [...opening, `: ${'x'.repeat(1_000_000)}\n\n`, chunk('', 'stop')]],
  ] as [string, Step[]][])('accepts %s as a complete stream (R11)', async (_name, steps) => {
    script = sse(...steps)
    const body = await (await gateway.call({ stream: true })).text()
    expect(body).not.toMatch(/garbage|more/)
    expect(body).toMatch(/^(data: [^\r\n]+\n\n)*$/)
    const stream = readStream(body)
    expect([stream.text, stream.dones, stream.endsWithDone]).toEqual(['Hello', 1, true])
  })

  test.each(['application/json', 'text/plain', 'text/html', 'application/octet-stream'])(
    'reads events under any content type: %s',
    async (type) => {
      script = { headers: { 'content-type': type }, body: [...opening, chunk('', 'stop')] }
      expect(readStream(await (await gateway.call({ stream: true })).text()).text).toBe('Hello')
    },
  )

  test.each([1.4e6, 6e6, 15e6])('relays a picture of %d bytes in one event', async (size) => {
    script = sse(chunk('A'.repeat(size)), chunk('', 'stop'))
    const body = await (await gateway.call({ stream: true })).text()
    expect([body.length > size, body.endsWith('data: [DONE]\n\n'), body.includes('"error"')]).toEqual([
      true,
      true,
      false,
    ])
  })

  test('converts a JSON document into events (R17)', async () => {
    script = json(JSON.stringify(whole, null, 2))
    const stream = readStream(
      await (await gateway.call({ stream: true, stream_options: { include_usage: true } })).text(),
    )
    expect([stream.text, stream.endsWithDone]).toEqual(['Hello', true])
    expect(stream.events.at(-1)).toMatchObject({ object: 'chat.completion.chunk', choices: [], usage })
  })
})

const wholeFaults: readonly Fault[] = [
  { name: 'reset before headers', script: () => ({ raw: true, body: ['reset'] }), status: 502 },
  { name: 'no headers', script: () => ({ raw: true, body: ['hang'] }), status: 504 },
  { name: 'half a body, then silence', script: () => ({ body: ['{"choices":[', 'hang'] }), status: 504 },
  { name: 'half a body, then a reset', script: () => ({ body: ['{"choices":[', pause, 'reset'] }), status: 502 },
  {
    name: 'a body shorter than its length',
    script: () => ({ headers: { 'content-length': '500' }, body: ['{"choices":[', pause, 'cut'] }),
    status: 502,
  },
  { name: 'an empty body', script: () => json(''), status: 502 },
  { name: 'null', script: () => json('null'), status: 502 },
  { name: 'an empty list', script: () => json('[]'), status: 502 },
  { name: 'no choices', script: () => json({ ...whole, choices: [] }), status: 502 },
  {
    name: 'an HTML page under 200',
    script: () => ({ headers: { 'content-type': 'text/html' }, body: [html] }),
    status: 502,
  },
  {
    name: 'an error under 200',
    script: () => json({ error: 'model nope not found at http://10.1.2.3/' }),
    status: 404,
  },
  { name: 'deep JSON', script: () => json(deep), status: 502 },
  { name: 'an error whose body stalls', script: () => ({ status: 429, body: ['{"error":', 'hang'] }), status: 429 },
  {
    name: 'an error that is reset',
    script: () => ({ status: 422, body: ['{"error":', pause, 'reset'] }),
    status: 422,
  },
  {
    name: 'an error without end',
    script: () => ({ status: 400, body: endless(Buffer.alloc(65_536, ' '), 17_000_000) }),
    status: 400,
  },
  { name: 'a stream cut short', script: () => sse(...opening), status: 502 },
  {
    name: 'a body above 16 MiB',
    script: () => ({ body: endless(Buffer.alloc(65_536, ' '), 17_000_000) }),
    status: 502,
  },
]

describe('a call without streaming', () => {
  test.each(wholeFaults)('turns $name into $status', async ({ script: broken, status }) => {
    script = broken()
    const response = await gateway.call({})
    const body = await response.text()
    expect([response.status, response.headers.get('content-type')]).toEqual([status, 'application/json'])
    expect(body).not.toMatch(secret)
  })

  test('converts a stream into one document (R17)', async () => {
    const tool = (call: object) =>
      `data: ${JSON.stringify({ choices: [{ index: 0, delta: { tool_calls: [call] } }] })}\n\n`
    const calls = [
      tool({ index: 0, id: 'a', type: 'function', function: { name: 'f', arguments: '{"x"' } }),
      tool({ index: 0, function: { arguments: ':1}' } }),
    ]
    script = sse(...opening, ...calls, chunk('!', 'stop'), `data: ${JSON.stringify({ choices: [], usage })}\n\n`)
    const answer = await (await gateway.call({})).json()
    const called = { id: 'a', type: 'function', function: { name: 'f', arguments: '{"x":1}' } }
    expect(answer).toEqual({
      ...whole,
      choices: [
        {
          index: 0,
          message: { role: 'assistant', content: 'Hello!', refusal: null, tool_calls: [called] },
          logprobs: null,
          finish_reason: 'tool_calls',
        },
      ],
    })
  })

  test('keeps unknown fields and never changes a prototype (R15)', async () => {
    script = json(
      JSON.stringify({ ...whole, tomorrow: { a: [1] } }).replace('"tomorrow"', '"__proto__":{"polluted":1},"tomorrow"'),
    )
    const response = await gateway.call({})
    const answer = (await response.json()) as { tomorrow: unknown; polluted?: unknown }
    expect(answer.tomorrow).toEqual({ a: [1] })
    script = json(whole)
    expect(await (await gateway.call({})).json()).not.toHaveProperty('polluted')
  })
})

const redirects = [300, 301, 302, 303, 304, 307, 308]

const statuses: readonly [sent: number, status: number, code: string][] = [
  [400, 400, 'their_code'],
  [401, 502, 'upstream_auth'],
  [402, 503, 'upstream_quota'],
  [403, 502, 'upstream_auth'],
  [404, 404, 'their_code'],
  [408, 504, 'upstream_timeout'],
  [409, 409, 'their_code'],
  [413, 413, 'their_code'],
  [418, 502, 'upstream_error'],
  [422, 422, 'their_code'],
  [429, 429, 'their_code'],
  [500, 502, 'upstream_error'],
  [502, 502, 'upstream_error'],
  [503, 503, 'upstream_error'],
  [504, 504, 'upstream_timeout'],
  [529, 503, 'upstream_error'],
  ...redirects.map((sent): [number, number, string] => [sent, 502, 'upstream_error']),
]

describe('an error status of a provider', () => {
  beforeEach(() => {
    script = { status: 500 }
  })

  test.each(statuses)('turns %i into %i %s, with and without a body (R5, R6)', async (sent, status, code) => {
    const error = { message: 'no, sk-test-0123456789abcdef', type: 'their_type', code: 'their_code', param: null }
    const headers = { location: `${gateway.provider.url}/trap` }
    script = { ...json({ error }, sent), headers }
    const response = await gateway.call({})
    const body = await response.text()
    expect([response.status, JSON.parse(body).error.code]).toEqual([status, code])
    expect(body).not.toMatch(secret)
    expect(response.headers.get('x-should-retry')).toBe(status >= 500 && sent !== 503 && sent !== 529 ? 'false' : null)
    for (const body of [[html.repeat(5000)], []]) {
      script = { status: sent, headers: { ...headers, 'content-type': 'text/html' }, body }
      const bare = await gateway.call({ stream: true })
      expect([bare.status, secret.test(await bare.text())]).toEqual([status, false])
    }
  })

  test('forwards retry-after and the rate limit headers only (R7)', async () => {
    script = {
      status: 429,
      headers: {
        'retry-after': '7',
        'x-ratelimit-remaining-requests': '0',
        'x-internal-host': 'a',
        'x-should-retry': 'true',
      },
      body: ['{}'],
    }
    const { headers } = await gateway.call({})
    expect(headers.get('retry-after')).toBe('7')
    expect(headers.get('x-ratelimit-remaining-requests')).toBe('0')
    expect([headers.get('x-internal-host'), headers.get('x-should-retry')]).toEqual([null, null])
  })
})

test('follows no redirect in all these calls', () => {
  expect(gateway.provider.requests.filter(({ path }) => path.includes('trap'))).toEqual([])
})

describe('a fresh function', () => {
  let fresh: BuiltGateway

  beforeEach(async () => {
    fresh = await builtGateway({ answer: () => script })
    script = json(whole)
    await (await fresh.call({})).text()
  })

  afterEach(() => fresh.close())

  /** The processor time of the function so far, in milliseconds, and its peak memory, in MB. */
  const measure = () => {
    const { pid = 0 } = fresh.built.child
    return { cpu: cpuMs(pid), peakMb: memoryMb(pid, 'VmHWM') }
  }

  test('spends less than a second of CPU on an endless line (R14)', async () => {
    script = { ...anything, body: endless(Buffer.alloc(65_536, 'x'), 150_000_000) }
    const before = measure()
    expect((await fresh.call({ stream: true })).status).toBe(502)
    expect(measure().cpu - before.cpu).toBeLessThan(1000)
    expect(measure().peakMb - before.peakMb).toBeLessThan(64)
  })

  test('uses less than 64 MB for a gzip bomb of 200 MiB (R14)', async () => {
    script = { headers: { 'content-encoding': 'gzip' }, body: [gzipSync(Buffer.alloc(209_715_200, ' '))] }
    const before = measure()
    expect((await fresh.call({})).status).toBe(502)
    expect((await fresh.call({ stream: true })).status).toBe(502)
    expect(measure().peakMb - before.peakMb).toBeLessThan(64)
  })
})

test('still replies after all these calls', async () => {
  script = json(whole)
  expect(await (await gateway.call({})).json()).toEqual(whole)
})
