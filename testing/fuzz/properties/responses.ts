import { deepEqual, equal, ok } from 'node:assert/strict'
import * as fc from 'fast-check'
import type { Script } from '../../stand-ins/provider.ts'
import { wireProperty } from '../case-property.ts'
import { parseClientEvents, requireEndedStream } from '../client-events.ts'
import { exchange, type Reply } from '../exchange.ts'
import { requireCount, requireRecord } from '../expect-record.ts'
import { requireContract } from '../expect-reply.ts'
import { chunkEvent, textChunk, wholeResponse } from '../healthy-response.ts'
import { type Lab, providerKey } from '../lab.ts'
import type { FuzzProperty } from '../property.ts'
import { requireStrictCompletion, requireStrictStream } from '../strict-client.ts'
import { anyPieces, cutAt, goodEvents } from '../values/event-stream.ts'
import { json, jsonText, nearlyJson } from '../values/json.ts'
import { oddResponse } from '../values/odd-choice.ts'
import { usage } from '../values/usage.ts'

const messages = [{ role: 'user', content: 'hi' }]

/** The kinds of calls: chat, with prices, native text completions, and text completions through chat. */
const calls = {
  chat: { endpoint: 'chat', path: '/v1/chat/completions', fields: { model: 'm', messages } },
  priced: { endpoint: 'chat', path: '/v1/chat/completions', fields: { model: 'priced', messages } },
  completions: { endpoint: 'completions', path: '/v1/completions', fields: { model: 'm', prompt: 'hi' } },
  bridge: { endpoint: 'completions', path: '/v1/completions', fields: { model: 'chat', prompt: ['hi', 'there'] } },
} as const

const callName = fc.constantFrom<keyof typeof calls>('chat', 'chat', 'completions', 'bridge')

interface ExchangeOptions {
  readonly stream: boolean
  readonly by?: keyof typeof calls
  readonly includeUsage?: boolean
  /** More fields of the request. */
  readonly fields?: object
}

/** Sends a call while the provider responds with a script. */
const exchangeWith = (
  lab: Lab,
  script: Script,
  { stream, by = 'chat', includeUsage = false, fields: more = {} }: ExchangeOptions,
): Promise<Reply> => {
  const { endpoint, path, fields } = calls[by]
  lab.respondWith(script)
  lab.clearRequests()
  const options = stream && includeUsage ? { stream_options: { include_usage: true } } : {}
  return exchange({ port: lab.port(endpoint), path, body: JSON.stringify({ ...fields, ...more, stream, ...options }) })
}

const events = (body: Iterable<string | Buffer>): Script => ({ headers: { 'content-type': 'text/event-stream' }, body })

/** Requires a valid reply to a bad provider: a completion, an error status, or an error event in the stream. */
const requireValid = (lab: Lab, reply: Reply, stream: boolean): void => {
  requireContract(reply, lab.secrets)
  ok(reply.status === 200 || reply.status >= 400, `status ${reply.status}`)
  if (reply.status === 200) requireCompletion(reply, stream)
}

/** Requires a chat that the strictest client accepts, or an error status. */
const requireStrict = async ({ status, text }: Reply, stream: boolean): Promise<void> => {
  if (status !== 200) return
  if (stream) await requireStrictStream(text)
  else requireStrictCompletion(text)
}

const requireCompletion = ({ text }: Reply, stream: boolean): void => {
  if (stream) requireEndedStream(text)
  else ok((JSON.parse(text) as { choices: unknown[] }).choices.length > 0, 'the completion has no choices')
}

/** The format in which FastAPI lists the errors of a request. */
const findings = fc.array(fc.record({ loc: fc.array(json), msg: json }, { requiredKeys: [] }), { maxLength: 2 })

const document = fc.oneof(
  fc
    .record({ choices: json, usage, error: json, model: json }, { requiredKeys: [] })
    .map((odd) => JSON.stringify(wholeResponse(odd))),
  fc
    .tuple(json, json, json)
    .map(([code, type, param]) => JSON.stringify({ error: { message: `refused ${providerKey}`, code, type, param } })),
  fc
    .record(
      { detail: findings, message: findings, error: fc.record({ message: findings }), code: json },
      { requiredKeys: [] },
    )
    .map((odd) => JSON.stringify(odd)),
  jsonText,
  nearlyJson,
  fc.constant(`<html>${providerKey}</html>`),
)

const status = fc.oneof(
  { weight: 3, arbitrary: fc.constant(200) },
  { weight: 2, arbitrary: fc.constantFrom(400, 401, 402, 403, 404, 408, 422, 429, 500, 502, 503, 504, 529) },
  { weight: 1, arbitrary: fc.integer({ min: 200, max: 599 }).filter((code) => code !== 204 && code !== 304) },
)

const responseHeader = fc.constantFrom<Record<string, string>>(
  {},
  { 'content-type': 'text/html' },
  { 'content-type': 'text/event-stream' },
  { 'content-encoding': 'gzip' },
  { 'retry-after': '7', 'x-should-retry': 'true' },
  { location: 'http://127.0.0.1:1/', 'set-cookie': `a=${providerKey}` },
)

const ending = fc.constantFrom<'reset' | 'cut' | ''>('', '', '', 'reset', 'cut')

/** Properties of the responses of providers. */
export const responseProperties: readonly FuzzProperty[] = [
  wireProperty({
    area: 'streams',
    title: 'a stream gives the client the same events, cut into any pieces',
    weight: 3,
    draws: fc.tuple(goodEvents, fc.array(fc.nat(2_000), { maxLength: 12 }), fc.boolean()),
    holds: async (lab, [stream, cuts, includeUsage]) => {
      const bytes = Buffer.from(stream.join(''))
      const whole = await exchangeWith(lab, events([bytes]), { stream: true, includeUsage })
      const cut = await exchangeWith(lab, events(cutAt(bytes, cuts)), { stream: true, includeUsage })
      equal(whole.status, 200, whole.text)
      const expected = parseClientEvents(whole.text)
      deepEqual(parseClientEvents(cut.text), expected)
      equal(expected.at(-1), '[DONE]')
    },
  }),
  wireProperty({
    area: 'streams',
    title: 'for any bytes of a stream the strictest client gets whole events and an end, or an error',
    weight: 6,
    draws: fc.tuple(anyPieces, ending, fc.boolean(), callName),
    holds: async (lab, [pieces, end, stream, by]) => {
      const reply = await exchangeWith(lab, events(end ? [...pieces, end as string] : pieces), { stream, by })
      requireValid(lab, reply, stream)
      if (by === 'chat' || by === 'priced') await requireStrict(reply, stream)
    },
  }),
  wireProperty({
    area: 'answers',
    title: 'for any document and status of a provider the client gets a completion or an error',
    weight: 5,
    draws: fc.tuple(status, responseHeader, document, fc.boolean(), callName),
    holds: async (lab, [code, headers, body, stream, by]) => {
      const reply = await exchangeWith(lab, { status: code, headers, body: [body] }, { stream, by })
      requireValid(lab, reply, stream)
      if (by === 'chat' || by === 'priced') await requireStrict(reply, stream)
      ok(reply.status !== 401 && reply.status !== 403, 'an error about the key of the gateway was sent to the client')
    },
  }),
  wireProperty({
    area: 'answers',
    title: 'for any choices of a provider the strictest client gets a valid answer or a proper error',
    weight: 6,
    draws: fc.tuple(fc.array(oddResponse, { minLength: 1, maxLength: 6 }), fc.boolean(), fc.boolean(), fc.boolean()),
    holds: async (lab, [responses, asWhole, stream, offersTools]) => {
      const [first] = responses
      const chunks = responses.map((fields) => `data: ${JSON.stringify(fields)}\n\n`)
      const script = asWhole ? { body: [JSON.stringify(first)] } : events([...chunks, 'data: [DONE]\n\n'])
      const tools = ['f', 'get_time'].map((name) => ({ type: 'function', function: { name } }))
      const reply = await exchangeWith(lab, script, { stream, ...(offersTools && { fields: { tools } }) })
      requireContract(reply, lab.secrets)
      if (reply.status !== 200) equal(reply.status, 502, reply.text)
      await requireStrict(reply, stream)
    },
  }),
  wireProperty({
    area: 'usage',
    title: 'for any usage of a provider one record is written, with safe counts of 0 or greater',
    weight: 5,
    draws: fc.tuple(
      fc.array(usage, { minLength: 1, maxLength: 3 }),
      fc.boolean(),
      fc.constantFrom<'chat' | 'priced'>('chat', 'priced'),
    ),
    holds: async (lab, [usages, stream, by]) => {
      const script = stream
        ? events([
            textChunk('hello', 'stop'),
            ...usages.map((one) => chunkEvent({ choices: [], usage: one })),
            'data: [DONE]\n\n',
          ])
        : { body: [JSON.stringify(wholeResponse({ usage: usages[0] }))] }
      const reply = await exchangeWith(lab, script, { stream, by })
      equal(reply.status, 200, reply.text)
      const record = requireRecord(lab, reply)
      for (const field of ['prompt_tokens', 'completion_tokens', 'total_tokens'])
        requireCount(record.usage[field], field)
      requireCount(record.points, 'points')
    },
  }),
]
