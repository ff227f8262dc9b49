import { deepEqual, equal, ok } from 'node:assert/strict'
import * as fc from 'fast-check'
import { getCorsHeaders } from '../../../shared/http/cors.ts'
import { getPathRest } from '../../../shared/http/path.ts'
import type { Target } from '../../../shared/protocol/route.ts'
import { SseSplitter } from '../../../shared/protocol/sse.ts'
import { redactMessage } from '../../../shared/providers/errors/redact-message.ts'
import { parseRetryAfter } from '../../../shared/providers/errors/retry-after.ts'
import { parseJson } from '../../../shared/runtime/json.ts'
import { parserProperty } from '../case-property.ts'
import type { FuzzProperty } from '../property.ts'
import { cutAt } from '../values/event-stream.ts'
import { jsonText, nearlyJson, text } from '../values/json.ts'

const ssePiece = fc.oneof(
  fc.constantFrom(
    'data',
    'data:',
    'data: ',
    ':',
    '\n',
    '\r',
    '\r\n',
    '\n\n',
    'event: x\n',
    ': c\n',
    '\uFEFF',
    '你',
    '🙂',
  ),
  fc.string({ maxLength: 6 }),
)

const split = (pieces: readonly Buffer[]) => {
  const splitter = new SseSplitter()
  return [...pieces.flatMap((piece) => splitter.push(piece)), ...splitter.end()]
}

const key = 'sk-live-0123456789abcdefABCDEF'
const target = { apiKey: key, apiBase: 'https://models.inner.example:8443/v1' } as Target

const providerText = fc.array(
  fc.oneof(text, fc.constantFrom(key, 'models.inner.example:8443', ' ', '"', ', key: ', key.slice(0, 20))),
  { maxLength: 60 },
)

const origin = fc.oneof(
  fc.constantFrom('https://app.example.com', 'https://app.example.com.evil.example', 'null', 'https://APP.example.com'),
  text,
)

/** Properties of the parsers in this process. */
export const wireProperties: readonly FuzzProperty[] = [
  parserProperty({
    area: 'wire',
    title: 'events are the same for any cuts of their bytes',
    weight: 4,
    draws: fc.tuple(fc.array(ssePiece, { maxLength: 40 }), fc.array(fc.nat(200), { maxLength: 8 })),
    holds: ([pieces, cuts]) => {
      const bytes = Buffer.from(`${pieces.join('')}\n\n`)
      const whole = split([bytes])
      const cut = split(cutAt(bytes, cuts))
      deepEqual(
        cut.map(({ data }) => data),
        whole.map(({ data }) => data),
      )
      ok(whole.every(({ data }) => data.trim() === data && data !== ''))
    },
  }),
  parserProperty({
    area: 'wire',
    title: 'any text is parsed as JSON or as undefined, and a parsed value can be serialized',
    weight: 3,
    draws: fc.oneof(nearlyJson, jsonText, text),
    holds: (given) => {
      const value = parseJson(given)
      if (value !== undefined) ok(typeof JSON.stringify(value) === 'string')
    },
  }),
  parserProperty({
    area: 'wire',
    title: 'no text of a provider passes on its key or its address',
    weight: 2,
    draws: providerText,
    holds: (words) => {
      const message = redactMessage(words.join(''), target)
      ok(message.length <= 500)
      ok(!message.includes(key) && !message.includes('models.inner.example:8443'), message)
    },
  }),
  parserProperty({
    area: 'wire',
    title: 'any retry-after of a provider is bounded, or is undefined',
    weight: 1,
    draws: fc.dictionary(
      fc.constantFrom('retry-after', 'retry-after-ms'),
      fc.oneof(text, jsonText, fc.constantFrom('1e9', '-1', ' ', 'Infinity', 'Wed, 21 Oct 2099 07:28:00 GMT')),
    ),
    holds: (headers) => {
      const seconds = parseRetryAfter(headers)
      ok(seconds === undefined || (seconds >= 0 && seconds <= 3_600), String(seconds))
    },
  }),
  parserProperty({
    area: 'wire',
    title: 'the rest of a path is a text or undefined, never an error',
    weight: 1,
    draws: fc.oneof(text, fc.stringMatching(/^\/v1\/models\/[%\w./]{0,20}$/)),
    holds: (path) => ok(['string', 'undefined'].includes(typeof getPathRest(path, '/v1/models'))),
  }),
  parserProperty({
    area: 'wire',
    title: 'a reply allows an origin only if the list has exactly this origin',
    weight: 1,
    draws: origin,
    holds: (given) => {
      const headers = getCorsHeaders({ allowAll: false, origins: ['https://app.example.com'] }, { origin: given })
      equal(headers['access-control-allow-origin'], given === 'https://app.example.com' ? given : undefined)
    },
  }),
]
