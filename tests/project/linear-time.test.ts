import { describe, expect, test } from '@jest/globals'
import { findBearerToken } from '../../shared/auth/bearer-token.ts'
import { findGatewayToken } from '../../shared/auth/gateway-token.ts'
import { decodeJwt } from '../../shared/auth/tokens/decode-jwt.ts'
import { getTokenKind } from '../../shared/auth/tokens/token-kind.ts'
import { parseDsn } from '../../shared/gateway/config/mysql-dsn.ts'
import { readEnvironment } from '../../shared/gateway/config/variables/environment.ts'
import { getCorsHeaders, getPreflightHeaders } from '../../shared/http/cors.ts'
import { getPathRest, matchesPath } from '../../shared/http/path.ts'
import { parseEntry } from '../../shared/models/entries/entry-schema.ts'
import { parseModelList } from '../../shared/models/sources/model-list.ts'
import { parseTableName } from '../../shared/models/sources/table.ts'
import { parseRawJson } from '../../shared/protocol/raw-json.ts'
import { SseSplitter } from '../../shared/protocol/sse.ts'
import { judgeFailure } from '../../shared/providers/errors/judge-failure.ts'
import { matchesUnquoted } from '../../shared/providers/errors/missing-operation.ts'
import { redactMessage } from '../../shared/providers/errors/redact-message.ts'
import { findRetryAfter, parseRetryAfter } from '../../shared/providers/errors/retry-after.ts'
import { readFinishReason } from '../../shared/providers/normalize/finish-reasons.ts'
import { isJson } from '../../shared/providers/response/json-response.ts'
import { getCharset } from '../../shared/providers/transport/body-encoding.ts'
import { parseDecimal } from '../../shared/runtime/decimal.ts'
import { parseJson } from '../../shared/runtime/json.ts'
import { parseLenientJson } from '../../shared/runtime/lenient-json.ts'
import { isPrivateHost } from '../../shared/runtime/private-address.ts'
import { createTokenEstimator, estimateTokens } from '../../shared/usage/cost/token-estimator.ts'
import { parseUsageQuery } from '../../shared/usage/user-usage.ts'
import { minCpuMs } from '../../testing/stats/min-cpu-ms.ts'
import { targetAt } from '../support/call-provider.ts'

const target = targetAt('https://a.example')
const failed = { target, call: { body: {} } }

/** Repeated texts that make a regular expression try again and again, if an end that does not match follows them. */
const runs = [
  'a',
  '1',
  '/',
  ' ',
  '\t',
  '.',
  '-',
  '_',
  '*',
  '%',
  '%2e',
  '"',
  '\\',
  '\\"',
  '[',
  '{"a":',
  'a.',
  'a-',
  'a+',
  'a@',
  'a:',
  ':',
  '1.',
  '1:',
  'key-1',
  'sk-',
  'auth',
  'rate',
  'aA',
  'a/',
  '/../',
  'a,',
  ', ',
  '\r',
  '\n',
  '\r\n',
  'data:',
  'data: a\n',
  ': \n',
  '你',
  '😀',
  '\u0000',
  '=',
  'eyJ',
  'bearer ',
  'http://',
]
const ends = ['', '!', 'x', '\n', '"', '/x', ' :']

/** Creates texts of a length, one for each run and end. */
const createTexts = (length: number): string[] =>
  runs.flatMap((run) => ends.map((end) => run.repeat(Math.ceil(length / run.length)).slice(0, length) + end))

/** Reads texts of a length. Returns a description of the first that takes too long, or `quick`. */
const findSlowText = (length: number, read: (text: string) => unknown): string => {
  for (const text of createTexts(length)) {
    const ms = minCpuMs(() => read(text), getMaxMs(length))
    if (ms < getMaxMs(length)) continue
    return `${Math.round(ms)} ms for ${JSON.stringify(text.slice(0, 20))}${JSON.stringify(text.slice(-3))}`
  }
  return 'quick'
}

const splitInPieces = (text: string): void => {
  const splitter = new SseSplitter()
  const bytes = Buffer.from(text)
  for (let at = 0; at < bytes.length; at += 64) splitter.push(bytes.subarray(at, at + 64))
  splitter.end()
}

/** The headers and the path of a request have at most 16 KB together. */
const headLength = 16_384
const bodyLength = 100_000

const readers: readonly (readonly [string, number, (text: string) => unknown])[] = [
  ['a path', headLength, (text) => matchesPath(text, '/ai/*/v1/chat/completions')],
  ['a model’s path', headLength, (text) => getPathRest(text, '/v1/models')],
  ['a model’s path with its prefix', headLength, (text) => getPathRest(`/v1/models/x${text}`, '/v1/models')],
  ['a bearer token', headLength, (text) => findBearerToken({ authorization: `Bearer ${text}` })],
  ['a token of a mini program', headLength, (text) => findGatewayToken({ 'x-gateway-token': text }, true)],
  ['a token’s parts', headLength, (text) => decodeJwt(`${text}.${text}.${text}`)],
  [
    'a token’s claims',
    headLength,
    (text) => getTokenKind({ scope: text, sub: text, provider: text, meta: { wxOpenId: text } }),
  ],
  ['an origin', headLength, (text) => getCorsHeaders({ allowAll: false, origins: ['https://a.cn'] }, { origin: text })],
  [
    'the headers that a preflight asks for',
    headLength,
    (text) => getPreflightHeaders({ allowAll: true, origins: [] }, { 'access-control-request-headers': text }, 'POST'),
  ],
  ['a query', headLength, (text) => parseUsageQuery(new URLSearchParams({ after: text }), 0)],
  ['a day of a query', headLength, (text) => parseUsageQuery(new URLSearchParams({ from: text }), 0)],
  ['a request body', bodyLength, (text) => parseRawJson(Buffer.from(`{"a":"${text}"}`))],
  ['a request body that is no string', bodyLength, (text) => parseRawJson(Buffer.from(`{"a":${text}}`))],
  ['a provider’s response', bodyLength, (text) => parseJson(text)],
  ['a provider’s response that is nearly JSON', bodyLength, (text) => parseLenientJson(`{'a': ${text}}`)],
  ['a finish reason', bodyLength, (text) => readFinishReason(text)],
  ['the type of a provider’s response', headLength, (text) => getCharset({ 'content-type': text })],
  ['the start of a provider’s response', bodyLength, (text) => isJson(text)],
  ['a provider’s stream in small pieces', bodyLength, splitInPieces],
  ['a provider’s stream in one piece', bodyLength, (text) => new SseSplitter().push(Buffer.from(`data: ${text}\n\n`))],
  ['a provider’s message', bodyLength, (text) => redactMessage(text, target)],
  [
    'all fields of a provider’s error',
    bodyLength,
    (text) =>
      judgeFailure(failed, {
        status: 400,
        headers: {},
        body: JSON.stringify({ error: { message: text, type: text, code: text, param: text } }),
      }),
  ],
  [
    'a provider’s error in plain text',
    bodyLength,
    (text) => judgeFailure(failed, { status: 429, headers: {}, body: text }),
  ],
  ['the retry-after of a provider', headLength, (text) => parseRetryAfter({ 'retry-after': text })],
  [
    'the reset of a provider’s limit',
    headLength,
    (text) => findRetryAfter({ headers: { 'x-ratelimit-reset': text }, body: { retry_after: text }, words: text }),
  ],
  ['a prompt’s tokens', bodyLength, (text) => estimateTokens(text)],
  ['a response’s tokens', bodyLength, (text) => createTokenEstimator().add(text)],
  [
    'a provider’s refusal of an operation',
    bodyLength,
    (text) => matchesUnquoted(text, /chat model/i, { prompt: text }),
  ],
]

/** All variables of a function have at most 4 KB together, but a field of a table may be longer. */
const settingLength = 16_384

const settings: typeof readers = [
  ['a data source name', settingLength, (text) => parseDsn(`mysql://${text}`, 'disabled')],
  ['a data source name’s end', settingLength, (text) => parseDsn(`mysql://u:p@h/d?${text}`, 'disabled')],
  ['a variable', settingLength, (text) => readEnvironment({ POINTS_PER_YUAN: text, CLOUDBASE_AUTH_ORIGIN: text })],
  ['a list of models', settingLength, (text) => parseModelList(text)],
  ['a table’s name', settingLength, (text) => parseTableName(text)],
  ['a host', settingLength, (text) => isPrivateHost(text)],
  ['a price', settingLength, (text) => parseDecimal(text)],
  ...['provider', 'api_base', 'api_key_env', 'max_tokens', 'drop_params', 'input_price_per_1m'].map(
    (field): (typeof readers)[number] => [
      `a table’s ${field}`,
      settingLength,
      (text) => parseEntry({ [field]: text }, new Set()),
    ],
  ),
]

/** Returns the most milliseconds of processor time, far more than a reader needs. A pattern that starts again at each
 *  character takes a second for a body and 100 ms for a head. */
const getMaxMs = (length: number): number => (length === headLength ? 30 : 200)

describe('text of a client or a provider never takes long to read (R47)', () => {
  test.each(readers)('%s', (_, length, read) => expect(findSlowText(length, read)).toBe('quick'), 60_000)
})

describe('a setting never takes long to read (R47)', () => {
  test.each(settings)('%s', (_, length, read) => expect(findSlowText(length, read)).toBe('quick'), 60_000)
})
