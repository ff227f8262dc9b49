import { expect, test } from '@jest/globals'
import fc from 'fast-check'
import { parseCall } from '../../../shared/protocol/call.ts'
import { formatSseData } from '../../../shared/protocol/sse.ts'
import { ChunkStream } from '../../../shared/providers/response/chunk-stream.ts'
import { matchPattern } from '../../../shared/providers/response/event-pattern.ts'
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
