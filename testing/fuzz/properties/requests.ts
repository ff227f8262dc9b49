import { ok } from 'node:assert/strict'
import * as fc from 'fast-check'
import { wireProperty } from '../case-property.ts'
import { exchange, sendBytes, sendRequest } from '../exchange.ts'
import { requireNoSecret, requireNoServerError } from '../expect-reply.ts'
import type { Endpoint } from '../lab.ts'
import type { FuzzProperty } from '../property.ts'

const segment = fc.oneof(
  fc.constantFrom(
    'v1',
    'chat',
    'completions',
    'models',
    'm',
    'health',
    'usage',
    'admin',
    'reload',
    'ai',
    '..',
    '.',
    '',
    '%',
    '%00',
    '%2e%2e',
    '%2F',
    '%ff',
    '*',
  ),
  fc.string({ maxLength: 8 }).map(encodeURIComponent),
)

const query = fc.oneof(
  fc.constant(''),
  fc.string({ maxLength: 20 }).map((value) => `?${encodeURI(value)}`),
  fc
    .tuple(
      fc.constantFrom('from', 'to', 'limit', 'after', 'key', 'access_token', 'detail'),
      fc.oneof(
        fc.string({ maxLength: 12 }),
        fc.constantFrom('2026-02-31', '9999-12-31', '0000-00-00', '-1', '1e3', '999999999999999.999999', '0.0'),
      ),
    )
    .map(([name, value]) => `?${name}=${encodeURIComponent(value)}`),
)

const path = fc
  .tuple(fc.array(segment, { maxLength: 5 }), query)
  .map(([segments, rest]) => `/${segments.join('/')}${rest}`.replace(/[^\x21-\x7e]/g, '_'))

const method = fc.constantFrom('GET', 'POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS', 'HEAD')

const token = fc.stringMatching(/^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,20}$/)
const knownHeader = fc.constantFrom(
  'authorization',
  'x-request-id',
  'x-cloudbase-context',
  'x-cloudbase-request-id',
  'x-wx-openid',
  'x-gateway-key',
  'cookie',
  'origin',
  'access-control-request-headers',
  'content-type',
  'content-encoding',
  'accept-encoding',
  'x-stream-keepalive',
  'x-forwarded-for',
  'x-forwarded-host',
  'x-real-ip',
  'forwarded',
  'range',
  'if-none-match',
  'x-http-method-override',
)

/** Headers that change where a message ends. Other tests cover them. */
const framing = /^(content-length|transfer-encoding|connection|expect|upgrade|host|trailer|te|keep-alive)$/i

const headerLine = fc
  .tuple(
    fc.oneof(knownHeader, token).filter((name) => !framing.test(name)),
    fc.oneof(
      fc.stringMatching(/^[\x20-\x7e]{0,60}$/),
      fc
        .uint8Array({ maxLength: 30 })
        .map((bytes) => Buffer.from(bytes.filter((byte) => byte > 31 && byte !== 127)).toString('latin1')),
      fc.constantFrom(
        '*',
        'null',
        'https://evil.example',
        'gzip',
        'identity',
        'Bearer',
        'Bearer  x',
        'off',
        'text/event-stream',
      ),
    ),
  )
  .map(([name, value]) => `${name}: ${value}`)

const small = JSON.stringify({ model: 'm', messages: [{ role: 'user', content: 'hi' }] })

const requestWith = (lines: readonly string[]): Buffer =>
  Buffer.from(
    [
      'POST /v1/chat/completions HTTP/1.1',
      'host: gateway',
      ...lines,
      `content-length: ${small.length}`,
      'connection: close',
      '',
      small,
    ].join('\r\n'),
    'latin1',
  )

const hasValidStatus = (text: string): boolean => /^HTTP\/1\.1 (2\d\d|4\d\d) /.test(text)

/** Pieces of HTTP, and other bytes. */
const wirePiece = fc.oneof(
  fc.constantFrom(
    'POST /v1/chat/completions HTTP/1.1\r\n',
    'GET / HTTP/1.1\r\n',
    'host: a\r\n',
    '\r\n',
    '\n',
    '\r',
    ' ',
    '\0',
    small,
  ),
  fc.constantFrom(
    'content-length: 5\r\n',
    'content-length: 99\r\n',
    'transfer-encoding: chunked\r\n',
    '5\r\nhello\r\n',
    '0\r\n\r\n',
    'expect: 100-continue\r\n',
  ),
  headerLine.map((line) => `${line}\r\n`),
  fc.uint8Array({ maxLength: 12 }).map((bytes) => Buffer.from(bytes).toString('latin1')),
)

/** Properties of everything except the body of a request. */
export const requestProperties: readonly FuzzProperty[] = [
  wireProperty({
    area: 'requests',
    title: 'any method, path and query gets a reply below 500',
    weight: 6,
    draws: fc.tuple(
      fc.constantFrom<Endpoint>('chat', 'completions', 'models', 'usage', 'health', 'admin'),
      method,
      path,
    ),
    holds: async (lab, [endpoint, verb, target]) => {
      const reply = await exchange({ port: lab.port(endpoint), method: verb, path: target })
      if (verb === 'HEAD') ok(reply.status < 500)
      else requireNoServerError(reply, lab.secrets)
    },
  }),
  wireProperty({
    area: 'requests',
    title: 'any headers get a reply below 500, without credentials and secrets',
    weight: 5,
    draws: fc.array(headerLine, { maxLength: 8 }),
    holds: async (lab, lines) => {
      lab.respondWith(undefined)
      const reply = await sendRequest(lab.port('chat'), requestWith(lines))
      ok(hasValidStatus(reply), reply.slice(0, 200))
      ok(!/access-control-allow-credentials/i.test(reply), 'the reply allows credentials')
      requireNoSecret(reply, lab.secrets)
    },
  }),
  wireProperty({
    area: 'requests',
    title: 'any bytes on a connection end it, without a 5xx',
    weight: 3,
    draws: fc.array(wirePiece, { maxLength: 12 }).map((pieces) => Buffer.from(pieces.join(''), 'latin1')),
    holds: async (lab, bytes) => {
      const reply = await sendBytes(lab.port('chat'), bytes)
      ok(reply === '' || /^HTTP\/1\.1 [1234]\d\d /.test(reply), reply.slice(0, 200))
      ok(!/HTTP\/1\.1 5\d\d /.test(reply), reply.slice(0, 400))
      requireNoSecret(reply, lab.secrets)
    },
  }),
]
