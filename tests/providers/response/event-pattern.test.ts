import { expect, jest, test } from '@jest/globals'
import fc from 'fast-check'
import { parseCall } from '../../../shared/protocol/call.ts'
import { formatSseData } from '../../../shared/protocol/sse.ts'
import { ChunkStream } from '../../../shared/providers/response/chunk-stream.ts'
import { EventPatterns, matchPattern } from '../../../shared/providers/response/event-pattern.ts'
import { targetAt } from '../../support/call-provider.ts'

/** An event with the pattern of those before it is not parsed. The client must see no difference. */

const names = { id: 'c', object: 'chat.completion.chunk', created: 1, model: 'm' }

/** JSON text of a string, with escapes that JSON allows and does not need. */
const literal = fc
  .tuple(fc.string({ unit: 'grapheme', minLength: 1, maxLength: 12 }), fc.constantFrom('json', 'ascii', 'spaced'))
  .map(([text, how]) => {
    const json = JSON.stringify(text)
    if (how === 'json') return json
    return json.replace(/[^ -~]/g, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`)
  })

const words = fc.oneof(
  literal,
  fc.constantFrom('" "', '"usage"', '"\\"content\\":\\"x\\""', '"\\u0075sage"', '"\uE0A1\uF1D2\uE3C3"', '""', '"}}]"'),
)

/** The shapes that a stream repeats, each with the place of its text. */
const shapes = [
  '{"content":TEXT}',
  '{"role":"assistant","content":TEXT}',
  '{"content":null,"reasoning_content":TEXT}',
  '{"reasoning":TEXT}',
  '{"content":"","reasoning":TEXT,"reasoning_details":[]}',
  '{"content":TEXT,"tool_calls":[]}',
  '{"content":TEXT,"tomorrow":{"content":"x"}}',
  '{"tool_calls":[{"index":0,"id":"x","type":"function","function":{"name":"f","arguments":TEXT}}]}',
  '{"content":[{"type":"text","text":TEXT}]}',
  '{"refusal":TEXT,"content":"b"}',
  '{"content":TEXT,"content":"b"}',
] as const
const extras = [
  '',
  ',"usage":null',
  ',"usage":{"prompt_tokens":1,"completion_tokens":2}',
  ',"x":{"content":"y"}',
] as const
const reasons = ['null', 'null', 'null', 'null', '"stop"'] as const

const event = fc
  .tuple(
    fc.constantFrom(...shapes),
    words,
    fc.constantFrom(...extras),
    fc.constantFrom(...reasons),
    fc.constantFrom(0, 0, 0, 1),
    fc.integer({ min: 1, max: 4 }),
  )
  .map(([shape, text, extra, reason, index, times]) => {
    const delta = shape.replace('TEXT', () => text)
    const choices = `[{"index":${index},"delta":${delta},"finish_reason":${reason}}]`
    const data = `${JSON.stringify(names).slice(0, -1)},"choices":${choices}${extra}}`
    return Array.from({ length: times }, () => data)
  })

/** What a client gets of events, and what is billed. Events that are not well formed never have a pattern. */
const follow = (events: readonly string[], fields: object, wellFormed: boolean) => {
  const body = { model: 'm', stream: true, messages: [{ role: 'user' }], ...fields }
  const call = parseCall('chat/completions', Buffer.from(JSON.stringify(body)))
  let heard = ''
  const stream = new ChunkStream({
    target: targetAt('http://127.0.0.1'),
    call,
    onText: (text) => {
      heard += text
    },
  })
  const got = events.map((data) =>
    stream.next({ raw: wellFormed ? Buffer.from(formatSseData(data)) : undefined, data, isError: false }),
  )
  const chunks = got.map((bytes) => bytes && JSON.parse(bytes.toString().slice(6)))
  return { chunks, heard, usage: stream.billableUsage, complete: stream.complete }
}

test.each([{}, { stream_options: { include_usage: true } }, { n: 2 }])(
  'gives the client what it would get without patterns: %j',
  (fields) => {
    fc.assert(
      fc.property(fc.array(event, { maxLength: 8 }), (given) => {
        const events = given.flat()
        expect(follow(events, fields, true)).toEqual(follow(events, fields, false))
      }),
      { numRuns: 300 },
    )
  },
)

const open =
  '{"tool_calls":[{"index":0,"id":"x","type":"function","function":{"name":"f","arguments":"{\\"a\\":\\""}}]}'
const shaped = (delta: string, extra = ''): string =>
  `${JSON.stringify(names).slice(0, -1)},"choices":[{"index":0,"delta":${delta},"finish_reason":null}]${extra}}`
const argumentText = fc.oneof(
  words,
  fc.constantFrom(
    '"{"',
    '"}"',
    '"]"',
    '"[1]"',
    '"\\\\"',
    '"\\""',
    '"null"',
    '"{\\"b\\":2}"',
    '"\\u007d"',
    '"b"',
    '"c"',
  ),
)
/** Deltas that go on with the arguments of calls that have begun. */
const goingOn = fc
  .tuple(
    fc.constantFrom(
      '{"tool_calls":[{"index":0,"function":{"arguments":TEXT}}]}',
      '{"tool_calls":[{"index":1,"function":{"arguments":TEXT}}]}',
      '{"content":null,"tool_calls":[{"index":0,"type":"function","id":"x","function":{"arguments":TEXT}}]}',
      '{"tool_calls":[{"index":0,"function":{"arguments":TEXT},"tomorrow":{"arguments":"x"}}]}',
      '{"tool_calls":[{"tomorrow":{"arguments":"x"},"index":0,"function":{"arguments":TEXT}}]}',
      '{"content":"a","tool_calls":[{"index":0,"function":{"arguments":TEXT}}]}',
      '{"content":TEXT}',
    ),
    fc.array(argumentText, { minLength: 1, maxLength: 4 }),
  )
  .map(([shape, texts]) => texts.map((text) => shape.replace('TEXT', () => text)))

/** Ids that the gateway makes are random. */
const withoutIds = (followed: object): unknown =>
  JSON.parse(JSON.stringify(followed).replace(/call_[\da-f]{24}/g, 'call'))

test.each([{}, { stream_options: { include_usage: true } }])(
  'gives the client the arguments of a call that it would get without patterns: %j',
  (fields) => {
    fc.assert(
      fc.property(
        fc.array(goingOn, { minLength: 1, maxLength: 8 }),
        fc.constantFrom('', ',"usage":null'),
        (pieces, extra) => {
          const second = open.replace('"index":0,"id":"x"', '"index":1,"id":"y"')
          const events = [open, second, ...pieces.flat()].map((delta) => shaped(delta, extra))
          expect(withoutIds(follow(events, fields, true))).toEqual(withoutIds(follow(events, fields, false)))
        },
      ),
      { numRuns: 500 },
    )
  },
)

test('does not read an event that goes on with the arguments of a call', () => {
  const piece = shaped('{"tool_calls":[{"index":0,"function":{"arguments":"word "}}]}')
  const patterns = jest.spyOn(EventPatterns.prototype, 'match')
  follow([shaped(open), piece, piece, piece], {}, true)
  expect(patterns.mock.results.map(({ value }) => value !== undefined)).toEqual([false, false, true, true])
  patterns.mockRestore()
})

test.each([
  ['another text', '{"a":"b c"}', 'b c'],
  ['an escape', '{"a":"\\u4f60\\n"}', '你\n'],
  ['an empty text', '{"a":""}', undefined],
  ['two members', '{"a":"b","a":"c"}', undefined],
  ['a broken escape', '{"a":"\\x"}', undefined],
  ['a line feed', '{"a":"\n"}', undefined],
  ['an open escape', '{"a":"b\\"}', undefined],
  ['another name', '{"b":"b"}', undefined],
  ['another end', '{"a":"b"}]', undefined],
  ['overlapping ends', '{"a":"}', undefined],
])('matches only an event whose text is one JSON string: %s', (_title, data, text) => {
  expect(matchPattern({ before: '{"a":"', after: '"}' }, data)?.text).toBe(text)
})
