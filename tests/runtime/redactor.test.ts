import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { createRedactor } from '../../shared/runtime/redactor.ts'
import { minCpuMs } from '../../testing/stats/min-cpu-ms.ts'

const secrets = ['sk-live-4f9aQ7zz81', 'p@ss "word"/%1', 'plainwordsonly', '3d2c7a60-0b1c-4aa1-9a55-6f3c1d2e4b5a']
const { clean } = createRedactor(secrets)

describe('a secret', () => {
  test.each([
    ['in plain form', 'the key sk-live-4f9aQ7zz81, it says', 'the key [redacted], it says'],
    ['twice', 'plainwordsonly plainwordsonly', '[redacted] [redacted]'],
    ['with special characters', 'login p@ss "word"/%1 refused', 'login [redacted] refused'],
    ['as a URL writes it', 'x?y=p%40ss%20%22word%22%2F%251&z', 'x?y=[redacted]&z'],
    ['as JSON writes it', '{"a":"p@ss \\"word\\"/%1"}', '{"a":"[redacted]"}'],
    ['inside a longer word', 'xplainwordsonlyx', 'x[redacted]x'],
    ['shaped as a request id', 'by 3d2c7a60-0b1c-4aa1-9a55-6f3c1d2e4b5a', 'by [redacted]'],
    ['in part, if the part has a digit', 'ends in 4f9aQ7zz', 'ends in [redacted]'],
  ])('is removed %s', (_, text, expected) => expect(clean(text)).toBe(expected))

  test('is removed whatever its length, and however many there are', () => {
    const long = '{"a":['.repeat(40_000)
    const many = Array.from({ length: 2_000 }, (_, index) => `secret word ${index} of many`)
    const redactor = createRedactor([long, ...many])
    expect(redactor.clean(`x${long}y`)).toBe('x[redacted]y')
    for (const secret of many) expect(redactor.clean(`x${secret}y`)).toBe('x[redacted]y')
  })

  test('is left if it has fewer than 6 characters, because any word could contain it', () => {
    expect(createRedactor(['true', '12345']).clean('true 12345')).toBe('true 12345')
  })

  test('is removed as soon as it is learned, also from cached texts', () => {
    const redactor = createRedactor([])
    expect(redactor.clean('abc-def-ghi')).toBe('abc-def-ghi')
    redactor.learn('abc-def-ghi')
    expect(redactor.clean('abc-def-ghi')).toBe('[redacted]')
  })

  test('leaves no tail if it begins with another secret', () => {
    expect(createRedactor(['secret', 'secret-and-more']).clean('secret-and-more')).toBe('[redacted]')
  })

  test('never remains, wherever it is in the text (R68)', () => {
    const secret = fc.string({ unit: 'binary', minLength: 6, maxLength: 40 })
    const property = fc.property(
      fc.array(secret, { minLength: 1, maxLength: 5 }),
      fc.string(),
      fc.string(),
      (all, a, b) => {
        const redactor = createRedactor(all)
        const given = all.filter((value) => !'[redacted]'.includes(value))
        for (const value of given) {
          const rest = redactor.clean(a + value + b).split('[redacted]')
          expect(rest.every((piece) => !piece.includes(value))).toBe(true)
        }
      },
    )
    fc.assert(property, { numRuns: 300 })
  })
})

describe('a JSON document', () => {
  const secret = 'p@ss "word"/123456'
  const { cleanJson } = createRedactor([secret, '987654'])

  test.each<[string, unknown, unknown]>([
    ['loses a secret in a text', { a: [`x ${secret} y`] }, { a: ['x [redacted] y'] }],
    ['loses a secret in a name', { [secret]: { sum: 1 } }, { '[redacted]': { sum: 1 } }],
    ['loses text that looks like a key, and nothing after it', { a: '?key=abc', b: 1 }, { a: '?key=[redacted]', b: 1 }],
    ['keeps two texts that only together look like a login', { a: '://', b: 'c@d' }, { a: '://', b: 'c@d' }],
    ['keeps its numbers', { a: 123456, b: [987654, null, true] }, { a: 123456, b: [987654, null, true] }],
    ['keeps digits that could be a piece of a secret', { a: '123456' }, { a: '123456' }],
  ])('%s', (_, document, expected) => expect(JSON.parse(cleanJson(JSON.stringify(document)))).toEqual(expected))

  test('is cleaned like other text if it is not valid JSON', () => {
    expect(cleanJson(`{"a":"${secret}", 123456`)).toBe('{"a":"[redacted]", [redacted]')
  })

  test('stays valid JSON and contains no secret, whatever is in it', () => {
    const secrets = fc.array(fc.string({ minLength: 6, maxLength: 12 }), { minLength: 1, maxLength: 3 })
    const property = fc.property(secrets, fc.jsonValue(), (all, value) => {
      const redactor = createRedactor(all)
      const given = all.filter((one) => !'[redacted]'.includes(one))
      const document = JSON.parse(redactor.cleanJson(JSON.stringify({ value, all }))) as { all: string[] }
      for (const text of document.all) expect(given.filter((one) => text.includes(one))).toEqual([])
    })
    fc.assert(property, { numRuns: 300 })
  })
})

describe('text that looks like a key or a token', () => {
  test.each([
    ['sk-proj-abcdefgh', '[redacted]'],
    ['hf_abcdefghijklmnopqrstuvwxyz', '[redacted]'],
    ['gsk_abcdefghijklmnopqrstuvwxyz', '[redacted]'],
    ['id AKIDz8krbsJ5yKBZQpn74WFkmLPx3EXAMPLE', 'id [redacted]'],
    ['AIzaSyA-1234567890abcdefghij', '[redacted]'],
    ['whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw', '[redacted]'],
    ['token eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln', 'token [redacted]'],
    ['half of one eyJhbGciOiJSUzI1NiJ9', 'half of one [redacted]'],
    ['authorization: Bearer abcdef0123456789', 'authorization: [redacted]'],
    ['Basic dXNlcjpwYXNzd29yZA==', '[redacted]'],
    ['mysql://root:hunter2@db.internal/x', 'mysql://[redacted]db.internal/x'],
    ['/v1/x?key=abc&page=2', '/v1/x?key=[redacted]&page=2'],
    ['/v1/x?a=1&access_token=abc', '/v1/x?a=1&access_token=[redacted]'],
  ])('%j becomes %j', (text, expected) => expect(createRedactor([]).clean(text)).toBe(expected))
})

test.each([
  'Send the access token as "Authorization: Bearer <access token>".',
  "The model 'claude-sonnet-4-20250514' does not exist or is disabled. GET /v1/models lists the ones you can use.",
  'must be origins such as https://app.example.com, separated by commas',
  'MYSQL_DSN cannot be read. It looks like mysql://user.',
  '0b1c7a60-3d2c-4aa1-9a55-6f3c1d2e4b5a',
  '1876543210987654321',
  '/ai/custom/v1/chat/completions',
  'basic questions, bearer bonds',
])('leaves our own messages unchanged: %j (R68)', (text) => expect(clean(text)).toBe(text))

test.each([
  ['letters', 'a'.repeat(100_000)],
  ['prefixes of keys', 'sk-'.repeat(30_000)],
  ['schemes', 'bearer '.repeat(15_000)],
  ['blanks after a scheme', `bearer${' '.repeat(100_000)}`],
  ['addresses', '://'.repeat(30_000)],
  ['parameters', '?key='.repeat(20_000)],
])('cleans very many %s quickly (R68)', (_, text) => {
  expect(minCpuMs(() => clean(text), 500)).toBeLessThan(500)
})
