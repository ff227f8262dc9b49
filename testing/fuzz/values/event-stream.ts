import * as fc from 'fast-check'
import { chunkEvent, textChunk } from '../healthy-response.ts'
import { providerKey } from '../lab.ts'
import { json, nearlyJson, text } from './json.ts'
import { usage } from './usage.ts'

/** An event with another line end, or with additional lines that a client ignores. */
const framed = (event: fc.Arbitrary<string>): fc.Arbitrary<string> =>
  fc
    .tuple(
      event,
      fc.constantFrom('\n', '\n', '\r\n', '\r'),
      fc.constantFrom('', '', ': note\n', 'event: message\n', 'id: 7\n'),
    )
    .map(([body, lineEnd, before]) => (before + body).replaceAll('\n', lineEnd))

const reason = fc.constantFrom(null, null, null, 'stop', 'length')

/** Text chunks. JSON escapes the line ends of the text. */
const words = fc.tuple(text, reason).map(([content, finish]) => textChunk(content, finish))

/** Valid chunks in any framing. */
export const goodEvents: fc.Arbitrary<string[]> = fc
  .tuple(fc.array(framed(words), { minLength: 1, maxLength: 6 }), fc.boolean(), fc.boolean())
  .map(([events, hasUsage, hasDone]) => [
    ...events,
    textChunk('', 'stop'),
    ...(hasUsage ? [chunkEvent({ choices: [], usage: { prompt_tokens: 1, completion_tokens: 2 } })] : []),
    ...(hasDone ? ['data: [DONE]\n\n'] : []),
  ])

/** Error events that contain the key of the provider. */
const errorEvent = fc
  .tuple(json, json, fc.boolean())
  .map(([code, type, bare]) =>
    bare
      ? `data: ${JSON.stringify({ error: `no such key: ${providerKey}` })}\n\n`
      : `data: ${JSON.stringify({ error: { message: `bad key ${providerKey} at 127.0.0.1`, code, type } })}\n\n`,
  )

const choice = fc.record(
  {
    index: fc.oneof(fc.nat(2), json),
    delta: fc.oneof(fc.record({ content: json, tool_calls: json, role: json }, { requiredKeys: [] }), json),
    finish_reason: fc.oneof(reason, json),
    text: json,
    usage,
  },
  { requiredKeys: [] },
)

const oddChunk = fc
  .record(
    { choices: fc.oneof(fc.array(choice, { maxLength: 3 }), json), usage, id: json, model: json, x_groq: json },
    { requiredKeys: [] },
  )
  .map((fields) => `data: ${JSON.stringify(fields)}\n\n`)

/** Pieces of a stream, some of them invalid. */
export const anyPieces: fc.Arbitrary<(string | Buffer)[]> = fc.array(
  fc.oneof(
    { weight: 6, arbitrary: framed(words) },
    { weight: 3, arbitrary: framed(oddChunk) },
    { weight: 2, arbitrary: usage.map((drawn) => chunkEvent({ choices: [], usage: drawn })) },
    { weight: 1, arbitrary: errorEvent },
    { weight: 1, arbitrary: nearlyJson.map((line) => `data: ${line}\n\n`) },
    {
      weight: 1,
      arbitrary: fc.constantFrom('\n', '\r', 'data', ':', `: ${providerKey}\n\n`, `junk ${providerKey}\n`, '\uFEFF'),
    },
    { weight: 1, arbitrary: fc.uint8Array({ minLength: 1, maxLength: 12 }).map((bytes) => Buffer.from(bytes)) },
    { weight: 1, arbitrary: fc.constant('data: [DONE]\n\n') },
  ),
  { maxLength: 8 },
)

/** Cuts bytes at these offsets. */
export const cutAt = (bytes: Buffer, places: readonly number[]): Buffer[] => {
  const inside = [...new Set(places.map((place) => place % (bytes.length + 1)))].sort((a, b) => a - b)
  const edges = [0, ...inside, bytes.length]
  return edges
    .slice(1)
    .map((end, index) => bytes.subarray(edges[index], end))
    .filter(({ length }) => length > 0)
}
