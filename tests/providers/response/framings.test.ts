import { afterAll, beforeAll, expect, test } from '@jest/globals'
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
  field: fc.constantFrom('data: ', 'data:'),
  indent: fc.constantFrom(0, 1),
})
type Framing = typeof framing extends fc.Arbitrary<infer Value> ? Value : never

const framed = (data: object | string, { end, before, field, indent }: Framing): string => {
  const lines = (typeof data === 'string' ? data : JSON.stringify(data, null, indent))
    .split('\n')
    .map((line) => field + line)
  return [...(before ? [before] : []), ...lines, '', ''].join(end)
}

const plain: Framing = { end: '\n', before: '', field: 'data: ', indent: 0 }

const cut = (bytes: Buffer, places: readonly number[]): Buffer[] => {
  const sorted = [0, ...places.map((place) => place % bytes.length).sort((a, b) => a - b), bytes.length]
  return sorted
    .slice(1)
    .map((end, index) => bytes.subarray(sorted[index], end))
    .filter((piece) => piece.length > 0)
}

/** Parses a body as a client does by the standard, without the id and time that are generated each time. */
const parseBody = ({ body, heard, end }: Called) => ({
  events: body
    .replace(/^\uFEFF/, '')
    .replace(/\r\n?/g, '\n')
    .split('\n\n')
    .map((event) => event.split('\n').filter((line) => line.startsWith('data:')))
    .filter((lines) => lines.length > 0)
    .map((lines) => ({ ...JSON.parse(lines.map((line) => line.slice(5)).join('\n')), id: 'any', created: 0 })),
  heard,
  usage: end?.usage,
  outcome: end?.outcome,
})

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
