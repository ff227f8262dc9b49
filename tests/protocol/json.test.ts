import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { maxDepth, maxParts, nestsTooDeep, parseJson, parseJsonObject } from '../../shared/protocol/json.ts'

const nested = (levels: number): string => `${'['.repeat(levels)}${']'.repeat(levels)}`

const depthOf = (value: unknown): number =>
  typeof value === 'object' && value !== null ? 1 + Math.max(0, ...Object.values(value).map(depthOf)) : 0

test.each([
  [nested(maxDepth), false],
  [nested(maxDepth + 1), true],
  [JSON.stringify({ text: nested(500) }), false],
  [JSON.stringify({ text: `${nested(500)}\\"` }), false],
  [`${'{"a":'.repeat(65)}1${'}'.repeat(65)}`, true],
  [`"${nested(100)}`, false],
])('tells nesting from text: %#', (text, expected) => {
  expect(nestsTooDeep(text)).toBe(expected)
})

test('measures any JSON by its brackets, never by what stands in strings', () => {
  const awkward = fc
    .constantFrom('[', '{', '"', '\\', ']', '}', 'x')
    .chain((mark) => fc.string().map((rest) => mark + rest))
  const wrapped = fc.tuple(fc.jsonValue({ maxDepth: 4 }), awkward, fc.nat(70))
  fc.assert(
    fc.property(wrapped, ([value, text, levels]) => {
      let whole: unknown = { [text]: value, text }
      for (let count = 0; count < levels; count++) whole = [whole, text]
      expect(nestsTooDeep(JSON.stringify(whole))).toBe(depthOf(whole) > maxDepth)
    }),
  )
})

test('a million levels are refused without being parsed', () => {
  expect(parseJson(nested(1_000_000))).toBeUndefined()
  expect(() => parseJsonObject(`{"a":${nested(1_000_000)}}`)).toThrow(
    expect.objectContaining({ status: 400, code: 'invalid_json' }),
  )
})

const numerals = (count: number): string[] => Array.from({ length: count }, (_, index) => String((index + 1) * 65_536))

describe('a request body of more names, strings, objects and arrays than a long chat comes to', () => {
  test.each([
    ['objects', `{"a":[${'{},'.repeat(maxParts)}{}]}`],
    ['arrays', `{"a":[${'[],'.repeat(maxParts)}[]]}`],
    ['strings', JSON.stringify({ a: Array.from({ length: maxParts }, () => 'x') })],
    ['names', `{${'"a":0,'.repeat(maxParts)}"a":0}`],
    ['short strings of digits, a tenth of the number', JSON.stringify({ a: numerals(maxParts / 10) })],
    ['the same, escaped', `{"a":[${numerals(maxParts / 10).map((text) => `"\\u003${text[0]}${text.slice(1)}"`)}]}`],
  ])('is a 413 that says the number: %s', (_, text) => {
    expect(() => parseJsonObject(text)).toThrow(
      expect.objectContaining({ status: 413, code: 'request_too_large', message: expect.stringContaining('100000') }),
    )
  })

  test.each([
    ['a prompt of 200,000 tokens', { prompt: Array.from({ length: 200_000 }, (_, index) => index) }],
    ['two thousand messages and 128 large tools', longChat()],
    ['a bias of 1024 tokens', { logit_bias: Object.fromEntries(numerals(1024).map((token) => [token, 1])) }],
    ['strings of digits that are long', { a: Array.from({ length: 20_000 }, () => '1'.repeat(70)) }],
  ])('does not catch %s', (_, body) => expect(parseJsonObject(JSON.stringify(body))).toEqual(body))

  test('is told within 100 ms from its text, and a prompt of five megabytes passes within 200', () => {
    const timed = (text: string): number => {
      const startedAt = performance.now()
      try {
        parseJsonObject(text)
      } catch {}
      return performance.now() - startedAt
    }
    expect(timed(`{"a":[${'{},'.repeat(2_000_000)}{}]}`)).toBeLessThan(100)
    expect(
      timed(JSON.stringify({ messages: [{ role: 'user', content: '中文 "and" words\n'.repeat(250_000) }] })),
    ).toBeLessThan(200)
  })
})

function longChat(): object {
  const content = [
    { type: 'text', text: 'x' },
    { type: 'image_url', image_url: { url: 'https://a.example/b' } },
  ]
  const properties = Object.fromEntries(
    Array.from({ length: 40 }, (_, index) => [`p${index}`, { type: 'string', description: 'd' }]),
  )
  return {
    messages: Array.from({ length: 2000 }, () => ({ role: 'user', content })),
    tools: Array.from({ length: 128 }, () => ({
      type: 'function',
      function: { name: 'f', parameters: { type: 'object', properties } },
    })),
  }
}
