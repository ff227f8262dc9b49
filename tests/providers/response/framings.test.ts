import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { type Script, type ScriptedProvider, scriptedProvider, sse } from '../../../testing/stand-ins/provider.ts'
import { type Called, caller, routeTo } from '../../support/call-provider.ts'

/** A provider may frame its events in many ways, and the network may cut them anywhere. The client gets the same events. */

let provider: ScriptedProvider
let script: Script

beforeAll(async () => {
  provider = await scriptedProvider(() => script)
})

afterAll(() => provider.close())

const lineEnd = fc.constantFrom('\n', '\r\n', '\r')
const word = fc.constantFrom('a', '你好', '🙂', '\u2028', 'data: x', '\n\n', '"usage":null', '[DONE]', '')
const usage = { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 }

/** Chunks that together need every rule, and chunks that need none. */
const identity = fc.constantFrom(
  { id: 'c1', object: 'chat.completion.chunk', created: 1, model: 'm' },
  { id: '' },
  { id: 'other', created: 9 },
)
const delta = fc.oneof(
  word.map((content) => ({ delta: { role: 'assistant', content } })),
  word.map((content) => ({ delta: { content } })),
  word.map((content) => ({ delta: { role: '', content } })),
  word.map((reasoning_content) => ({ delta: { reasoning_content, tomorrow: 1 } })),
  fc
    .constantFrom('x', 'y')
    .map((id) => ({ delta: { tool_calls: [{ id, function: { name: 'f', arguments: '{}' } }] } })),
  fc.constantFrom({}, { delta: null }, { delta: {}, usage }, { delta: { content: 'b' }, content_filter_results: {} }),
)
const choices = fc
  .tuple(delta, fc.constantFrom({ index: 0 }, {}), fc.constantFrom({ finish_reason: null }, {}))
  .map((parts) => [Object.assign({}, ...parts)])
const chunk = fc
  .tuple(
    identity,
    fc.oneof({ weight: 5, arbitrary: choices }, { weight: 1, arbitrary: fc.constant([]) }),
    fc.constantFrom({}, { usage: null }, { usage }),
  )
  .map(([names, given, counted]) => ({ ...names, choices: given, ...counted }))

const last = {
  id: 'c1',
  object: 'chat.completion.chunk',
  created: 1,
  model: 'm',
  choices: [{ index: 0, delta: {}, finish_reason: 'stop' }],
}

/** How one event is written: the ends of its lines, its other fields, and whether its JSON has several lines. */
const framing = fc.record({
  end: lineEnd,
  before: fc.constantFrom('', ': comment', 'event: message', 'id: 1', 'retry: 5', 'garbage', ':'),
  field: fc.constantFrom('data: ', 'data:', ' data : '),
  after: fc.constantFrom('blank line', 'line feed'),
  indent: fc.constantFrom(0, 1),
})
type Framing = typeof framing extends fc.Arbitrary<infer Value> ? Value : never

const framed = (data: object | string, { end, before, field, after, indent }: Framing): string => {
  const lines = (typeof data === 'string' ? data : JSON.stringify(data, null, indent))
    .split('\n')
    .map((line) => field + line)
  return [...(before ? [before] : []), ...lines, ...(after === 'blank line' ? ['', ''] : [''])].join(end)
}

const plain: Framing = { end: '\n', before: '', field: 'data: ', after: 'blank line', indent: 0 }

const cut = (bytes: Buffer, places: readonly number[]): Buffer[] => {
  const sorted = [0, ...places.map((place) => place % bytes.length).sort((a, b) => a - b), bytes.length]
  return sorted
    .slice(1)
    .map((end, index) => bytes.subarray(sorted[index], end))
    .filter((piece) => piece.length > 0)
}

/** Parses a body that has nothing but `data: {…}` and blank lines, without the id and time that are generated each
 *  time. */
const parseBody = ({ body, heard, end }: Called) => {
  expect(body).toMatch(/^(data: [^\r\n]+\n\n)*$/)
  return {
    events: body
      .split('\n\n')
      .slice(0, -1)
      .map((event) => ({ ...JSON.parse(event.slice(6)), id: 'any', created: 0 })),
    heard,
    usage: end?.usage,
    outcome: end?.outcome,
  }
}

test.each([false, true])(
  'passes on the same events for any framing, cut anywhere, usage asked for: %s (R12)',
  async (asks) => {
    const body = { stream: true, ...(asks && { stream_options: { include_usage: true } }) }
    const call = caller()
    const send = async (...steps: Buffer[]): Promise<Called> => {
      script = sse(...steps)
      return call(routeTo(provider.url), body)
    }
    const stream = fc.array(fc.tuple(chunk, framing), { maxLength: 8 })
    await fc.assert(
      fc.asyncProperty(
        stream,
        framing,
        fc.boolean(),
        fc.boolean(),
        fc.array(fc.nat(), { maxLength: 10 }),
        async (given, ending, marked, dones, cuts) => {
          const chunks = [...given.map(([fields]) => fields), last]
          const framings = [...given.map(([, how]) => how), ending]
          const done = dones ? ['[DONE]'] : []
          const wild = [...chunks, ...done].map((data, index) => framed(data, framings[index] ?? ending)).join('')
          const tame = [...chunks, ...done].map((data) => framed(data, plain)).join('')
          const expected = parseBody(await send(Buffer.from(tame)))
          expect(parseBody(await send(...cut(Buffer.from((marked ? '\uFEFF' : '') + wild), cuts)))).toEqual(expected)
          expect(expected.outcome).toBe('complete')
          expect(expected.events.every((event) => (asks ? event.usage === null : !('usage' in event)))).toBe(true)
        },
      ),
      { numRuns: 80 },
    )
  },
)

/** What providers send beside chunks. None of it is for a client. */
const noises = [
  'null',
  'ping',
  '1712492450',
  '2024-04-07 20:20:50.554328',
  'true',
  '""',
  '"ping"',
  '[]',
  '{}',
  '{"type":"keepalive"}',
  '{"type":"ping","message":"wait"}',
  '{"code":0,"message":"success"}',
  '{"error":null}',
  '{"error":{}}',
  '{"error":{"code":0,"message":""}}',
  'OPENROUTER PROCESSING',
]

const text = (content: string, reason: string | null = null): string =>
  `data: ${JSON.stringify({ id: 'c1', object: 'chat.completion.chunk', created: 1, model: 'm', choices: [{ index: 0, delta: { content }, finish_reason: reason }] })}\n\n`

describe('a heartbeat', () => {
  test.each(noises)('is skipped, first, between, and last: %s', async (noise) => {
    const beat = `data: ${noise}\n\n`
    script = sse(beat, text('a'), beat, `event: ping\n${beat}`, text('b'), text('', 'stop'), beat)
    const { body, heard, end } = await caller()(routeTo(provider.url), { stream: true })
    expect([heard, end?.outcome, end?.error]).toEqual(['ab', 'complete', undefined])
    expect(body.split('\n\n').length - 1).toBe(3)
    script = sse(beat, text('a'), beat, text('b', 'stop'), beat)
    expect((await caller()(routeTo(provider.url), {})).heard).toBe('ab')
  })

  test('does not end a stream that goes on, but what it said is judged if the stream breaks off', async () => {
    script = sse(text('a'), 'data: 余额不足\n\n', text('b', 'stop'))
    expect((await caller()(routeTo(provider.url), { stream: true })).end?.outcome).toBe('complete')
    script = sse(text('a'), 'data: 余额不足\n\n')
    const { end } = await caller()(routeTo(provider.url), { stream: true })
    expect(end?.error).toMatchObject({ status: 503, code: 'upstream_quota' })
    script = sse(text('a'), 'data: hello\n\n')
    expect((await caller()(routeTo(provider.url), { stream: true })).end?.error).toMatchObject({ status: 502 })
  })
})

test.each(['[DONE]', '"[DONE]"', '  [DONE]  ', '[done]', 'done', 'DONE', '[DONE].'])(
  'ends a stream at the data %j, and reads nothing after it',
  async (done) => {
    script = sse(text('a'), `data: ${done}\n\n`, text('b'))
    const { heard, end } = await caller()(routeTo(provider.url), { stream: true })
    expect([heard, end?.outcome]).toEqual(['a', 'complete'])
  },
)

test.each([false, true])('reads newline-delimited JSON, stream: %s', async (stream) => {
  const lines = [text('a'), text('b'), text('', 'stop')].map((event) => event.slice(6).replace('\n\n', '\n'))
  script = { headers: { 'content-type': 'application/x-ndjson' }, body: lines }
  expect((await caller()(routeTo(provider.url), { stream })).heard).toBe('ab')
})

describe('an error', () => {
  const failWith = async (...body: string[]) => {
    const first = await call(sse(...body)).catch((error: unknown) => error)
    const whole = await caller()(routeTo(provider.url), {}).catch((error: unknown) => error)
    const later = await call(sse(text('a'), ...body))
    return { first, whole, later: later.end?.error, heard: later.heard }
  }
  const call = (given: Script): Promise<Called> => {
    script = given
    return caller()(routeTo(provider.url), { stream: true })
  }

  test.each([
    ['an object', 'data: {"error":{"message":"Insufficient Balance"}}\n\n', 503],
    ['a text', 'data: {"error":"rate limit exceeded"}\n\n', 429],
    ['an event with a name', 'event: error\ndata: {"message":"Content Exists Risk"}\n\n', 400],
    ['an event with a name and text', 'event: error\ndata: 系统繁忙\n\n', 503],
    ['a code', 'data: {"code":1234,"msg":"参数错误"}\n\n', 400],
    ['MiniMax', 'data: {"base_resp":{"status_code":1004,"status_msg":"login fail"}}\n\n', 502],
    ['Baidu', 'data: {"error_code":18,"error_msg":"Open api qps request limit reached"}\n\n', 429],
    ['Spark', 'data: {"header":{"code":10013,"message":"输入内容审核不通过，涉嫌违规"}}\n\n', 400],
    ['a server in Java', 'data: {"errorCode":"E1","errorMessage":"余额不足"}\n\n', 503],
    ['a code of its own', 'data: {"retCode":401,"retMsg":"token已过期"}\n\n', 502],
    ['a list', 'data: [{"error":{"code":429,"message":"x"}}]\n\n', 429],
    ['a document', '{\n"error": {"message": "prompt is too long: 9 tokens > 8 maximum"}\n}', 400],
    ['an error beside choices', 'data: {"choices":[],"error":{"code":503,"message":"x"}}\n\n', 503],
    ['an error beside no choices', 'data: {"choices":[],"code":"1113","message":"欠费"}\n\n', 503],
    ['an error in a delta', 'data: {"choices":[{"index":0,"delta":{"error":{"code":402,"message":"x"}}}]}\n\n', 503],
    ['an error in a choice', 'data: {"choices":[{"index":0,"error":{"code":503,"message":"x"}}]}\n\n', 503],
    ['plain text', 'Insufficient Balance', 503],
    ['a string', '"Insufficient Balance"', 503],
  ])('is a status first, in a whole response too, and an error event later: %s', async (_name, body, status) => {
    expect(await failWith(body)).toMatchObject({ first: { status }, whole: { status }, later: { status }, heard: 'a' })
  })
})
