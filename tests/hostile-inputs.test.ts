import { expect, test } from '@jest/globals'
import { bearerToken } from '../shared/auth/bearer.ts'
import { readHeader, readToken } from '../shared/auth/claims.ts'
import { readEnvironment } from '../shared/gateway/environment.ts'
import { parseDsn } from '../shared/gateway/mysql-login.ts'
import { matchesPath, pathRest } from '../shared/http/path.ts'
import { parseEntry } from '../shared/models/entry.ts'
import { parseModelList } from '../shared/models/model-list.ts'
import { parseTableName } from '../shared/models/table-name.ts'
import { parseJson } from '../shared/protocol/json.ts'
import { SseSplitter } from '../shared/protocol/sse.ts'
import { failureOf } from '../shared/providers/failure.ts'
import { saysItself } from '../shared/providers/own-words.ts'
import { isPrivateHost } from '../shared/providers/private-address.ts'
import { retryAfterSeconds } from '../shared/providers/retry-after.ts'
import { readDecimal } from '../shared/usage/decimal.ts'
import { estimateTokens } from '../shared/usage/token-counter.ts'
import { usageQuery } from '../shared/usage/usage-query.ts'
import { routeTo } from './support/call-provider.ts'

const route = routeTo('https://a.example', { apiKey: 'sk-0123456789abcdef' })

/** Everything that reads text from outside with a pattern. */
const readers: Readonly<Record<string, (text: string) => unknown>> = {
  'a bearer header': (text) => bearerToken({ authorization: `Bearer ${text}` }),
  'a token': (text) => [readToken(text), readHeader(text)],
  'a data source name': (text) => parseDsn(`mysql://${text}`, 'disabled'),
  'a variable': (text) =>
    readEnvironment({ MODEL_PROVIDER_MAP: text, POINTS_PER_YUAN: text, CLOUDBASE_AUTH_ORIGIN: text }),
  'a path': (text) => [matchesPath(text, '/ai/*/v1/chat/completions'), pathRest(text, '/v1/models')],
  'an entry of the model map': (text) =>
    parseEntry({
      provider: text,
      api_base: text,
      api_key: text,
      max_tokens: text,
      drop_params: text,
      input_price_per_1m: text,
    }),
  'a model list': parseModelList,
  'a table name': parseTableName,
  'a JSON text': parseJson,
  'an event stream': (text) => new SseSplitter().push(Buffer.from(text.slice(0, 1_000_000))),
  'the words of a provider': (text) =>
    failureOf(route, {
      status: 400,
      headers: {},
      body: JSON.stringify({ error: { message: text, code: text, type: text } }),
    }),
  'a refusal of one operation': (text) =>
    saysItself(text, /chat model/i, { messages: [{ role: 'user', content: text }] }),
  'a host': isPrivateHost,
  'a wait': (text) => retryAfterSeconds({ 'retry-after': text, 'retry-after-ms': text }),
  'a decimal': readDecimal,
  'a text to estimate': estimateTokens,
  'a query': (text) => usageQuery(new URLSearchParams({ from: text }), 0),
}

const repeats = [
  'a',
  'a.',
  '.',
  '-',
  '@',
  ':',
  '/',
  '%',
  '%2',
  '0',
  '1.',
  '::',
  ' ',
  '\t',
  '"',
  "'",
  '\\',
  '[',
  '{"a":',
  '*',
  'a@',
  '://',
  'key-1',
  'Bearer ',
  '你',
  '\r\n',
  'data:',
  ',',
]

/** Longest time of the processor for three hostile texts, in milliseconds; a pattern that goes back and forth over one takes
 *  minutes. */
const limitMs = 1_000

test.each(Object.keys(readers))(
  '%s of a hundred thousand characters is read in no time, whatever they are',
  (name) => {
    for (const repeat of repeats) {
      const text = repeat.repeat(100_000 / repeat.length)
      const before = process.cpuUsage()
      for (const hostile of [text, `${text}!`, `!${text}`]) {
        try {
          readers[name]?.(hostile)
        } catch (error) {
          expect(error).toHaveProperty('status')
        }
      }
      expect([repeat, process.cpuUsage(before).user / 1_000 < limitMs]).toEqual([repeat, true])
    }
  },
  60_000,
)
