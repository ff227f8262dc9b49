import { deepEqual, equal, ok } from 'node:assert/strict'
import * as fc from 'fast-check'
import type { Script } from '../../stand-ins/provider.ts'
import { wireProperty } from '../case-property.ts'
import { clientEvents, requireEndedStream } from '../client-events.ts'
import { exchange, type Reply } from '../exchange.ts'
import { requireCount, requireRecord } from '../expect-record.ts'
import { requireContract } from '../expect-reply.ts'
import { chunkEvent, textChunk, wholeAnswer } from '../healthy-answer.ts'
import { type Lab, providerKey } from '../lab.ts'
import type { FuzzProperty } from '../property.ts'
import { anyPieces, cutAt, goodEvents } from '../values/event-stream.ts'
import { json, jsonText, nearlyJson } from '../values/json.ts'
import { usage } from '../values/usage.ts'

const messages = [{ role: 'user', content: 'hi' }]

/** The ways to a provider: chat, text completions, and those by way of chat. */
const ways = {
  chat: { door: 'chat', path: '/v1/chat/completions', fields: { model: 'm', messages } },
  priced: { door: 'chat', path: '/v1/chat/completions', fields: { model: 'priced', messages } },
  completions: { door: 'completions', path: '/v1/completions', fields: { model: 'm', prompt: 'hi' } },
  bridge: { door: 'completions', path: '/v1/completions', fields: { model: 'chat', prompt: ['hi', 'there'] } },
} as const

const way = fc.constantFrom<keyof typeof ways>('chat', 'chat', 'completions', 'bridge')

interface ExchangeOptions {
  readonly stream: boolean
  readonly by?: keyof typeof ways
  readonly includeUsage?: boolean
}

/** Asks a function while the provider answers with a script. */
const exchangeWith = (
  lab: Lab,
  script: Script,
  { stream, by = 'chat', includeUsage = false }: ExchangeOptions,
): Promise<Reply> => {
  const { door, path, fields } = ways[by]
  lab.answerWith(script)
  lab.forget()
  const options = stream && includeUsage ? { stream_options: { include_usage: true } } : {}
  return exchange({ port: lab.port(door), path, body: JSON.stringify({ ...fields, stream, ...options }) })
}

const events = (body: Iterable<string | Buffer>): Script => ({ headers: { 'content-type': 'text/event-stream' }, body })

/** A bad provider costs its client a 4xx or a gateway's 5xx, or an error in the stream; nothing in between. */
const requireSense = (lab: Lab, reply: Reply, stream: boolean): void => {
  requireContract(reply, lab.secrets)
  ok(reply.status === 200 || reply.status >= 400, `status ${reply.status}`)
  if (reply.status === 200) requireAnswer(reply, stream)
}

const requireAnswer = ({ text }: Reply, stream: boolean): void => {
  if (stream) requireEndedStream(text)
  else ok((JSON.parse(text) as { choices: unknown[] }).choices.length > 0, 'an answer without choices')
}

/** How FastAPI lists what is wrong with a request. */
const findings = fc.array(fc.record({ loc: fc.array(json), msg: json }, { requiredKeys: [] }), { maxLength: 2 })

const document = fc.oneof(
  fc
    .record({ choices: json, usage, error: json, model: json }, { requiredKeys: [] })
    .map((odd) => JSON.stringify(wholeAnswer(odd))),
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

const answerHeader = fc.constantFrom<Record<string, string>>(
  {},
  { 'content-type': 'text/html' },
  { 'content-type': 'text/event-stream' },
  { 'content-encoding': 'gzip' },
  { 'retry-after': '7', 'x-should-retry': 'true' },
  { location: 'http://127.0.0.1:1/', 'set-cookie': `a=${providerKey}` },
)

const ending = fc.constantFrom<'reset' | 'cut' | ''>('', '', '', 'reset', 'cut')

/** What providers answer. */
export const answerProperties: readonly FuzzProperty[] = [
  wireProperty({
    area: 'streams',
    title: 'a stream gives the client the same events however it is cut',
    weight: 3,
    draws: fc.tuple(goodEvents, fc.array(fc.nat(2_000), { maxLength: 12 }), fc.boolean()),
    holds: async (lab, [stream, cuts, includeUsage]) => {
      const bytes = Buffer.from(stream.join(''))
      const whole = await exchangeWith(lab, events([bytes]), { stream: true, includeUsage })
      const cut = await exchangeWith(lab, events(cutAt(bytes, cuts)), { stream: true, includeUsage })
      equal(whole.status, 200, whole.text)
      const told = clientEvents(whole.text)
      deepEqual(clientEvents(cut.text), told)
      equal(told.at(-1), '[DONE]')
    },
  }),
  wireProperty({
    area: 'streams',
    title: 'whatever comes in a stream, the client gets whole events and an end, or an error',
    weight: 6,
    draws: fc.tuple(anyPieces, ending, fc.boolean(), way),
    holds: async (lab, [pieces, end, stream, by]) =>
      requireSense(
        lab,
        await exchangeWith(lab, events(end ? [...pieces, end as string] : pieces), { stream, by }),
        stream,
      ),
  }),
  wireProperty({
    area: 'answers',
    title: 'whatever document a provider sends under whatever status, the client gets an answer or an error',
    weight: 5,
    draws: fc.tuple(status, answerHeader, document, fc.boolean(), way),
    holds: async (lab, [code, headers, body, stream, by]) => {
      const reply = await exchangeWith(lab, { status: code, headers, body: [body] }, { stream, by })
      requireSense(lab, reply, stream)
      ok(reply.status !== 401 && reply.status !== 403, "the provider's refusal of our key became one of the client's")
    },
  }),
  wireProperty({
    area: 'usage',
    title: 'whatever usage a provider states, one record is kept, of safe counts from zero on',
    weight: 5,
    draws: fc.tuple(
      fc.array(usage, { minLength: 1, maxLength: 3 }),
      fc.boolean(),
      fc.constantFrom<'chat' | 'priced'>('chat', 'priced'),
    ),
    holds: async (lab, [stated, stream, by]) => {
      const script = stream
        ? events([
            textChunk('hello', 'stop'),
            ...stated.map((one) => chunkEvent({ choices: [], usage: one })),
            'data: [DONE]\n\n',
          ])
        : { body: [JSON.stringify(wholeAnswer({ usage: stated[0] }))] }
      const reply = await exchangeWith(lab, script, { stream, by })
      equal(reply.status, 200, reply.text)
      const record = requireRecord(lab, reply)
      for (const field of ['prompt_tokens', 'completion_tokens', 'total_tokens'])
        requireCount(record.usage[field], field)
      requireCount(record.points, 'points')
    },
  }),
]
