import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { maxParts, parseRawJson, serialize } from '../../shared/protocol/raw-json.ts'
import type { JsonObject } from '../../shared/runtime/json.ts'
import { minCpuMs } from '../../testing/stats/min-cpu-ms.ts'

const parse = (text: string) => parseRawJson(Buffer.from(text))

const rewrite = (text: string, change: (fields: JsonObject) => JsonObject): string => {
  const read = parse(text)
  return serialize(change({ ...read.fields }), read).toString()
}

describe('a forwarded object', () => {
  test('consists of the same bytes if nothing changed (R2, R56)', () => {
    const read = parse(' { "a" : 1.0, "b": [1e400, 12345678901234567890] ,"c":"\\u4f60好" }\n')
    expect(serialize({ ...read.fields }, read)).toBe(read.bytes)
  })

  test.each([
    ['{"a":1.0,"b":"x, }"}', { b: 2 }, '{"a":1.0,"b":2}'],
    ['{"a":12345678901234567890}', { b: '好' }, '{"a":12345678901234567890,"b":"好"}'],
    ['{"你好":"{[\\"","model":"m","n": 1 }', { model: 'other' }, '{"你好":"{[\\"","n": 1 ,"model":"other"}'],
    ['{}', { a: 1 }, '{"a":1}'],
    [' { } ', { a: 1 }, '{"a":1}'],
    ['{"a":1}', { a: undefined }, '{}'],
  ])('keeps the bytes of all other members: %s', (text, change, expected) => {
    expect(rewrite(text, (fields) => ({ ...fields, ...change }))).toBe(expected)
  })

  test('loses a removed member', () => {
    expect(rewrite('{"a":1,"b":{"c":[]},"d":2.50}', ({ b: _, ...rest }) => rest)).toBe('{"a":1,"d":2.50}')
  })

  test.each(['{"n":1,"n":100}', '{"n":1,"\\u006e":100}', '{"a":{},"n":1,"a":[],"n":100}'])(
    'contains a repeated member once, with the value that was parsed: %s (R56)',
    (text) => {
      const read = parse(text)
      const sent = serialize({ ...read.fields }, read).toString()
      expect(sent.match(/"n"/g)).toHaveLength(1)
      expect(JSON.parse(sent)).toEqual({ ...read.fields, n: 100 })
    },
  )

  test('parses to the changed object, whatever it contains (R56)', () => {
    const object = fc.dictionary(fc.string({ unit: 'grapheme' }), fc.jsonValue(), { maxKeys: 6 })
    const spaced = fc.tuple(object, fc.constantFrom(0, 1, 3, '\t'))
    fc.assert(
      fc.property(spaced, object, fc.array(fc.nat(5)), ([given, space], added, dropped) => {
        const read = parseRawJson(Buffer.from(JSON.stringify(given, undefined, space)))
        const wanted: JsonObject = { ...read.fields, ...added }
        const names = Object.keys(wanted)
        for (const index of dropped) delete wanted[names[index] ?? '']
        expect(JSON.parse(serialize(wanted, read).toString())).toEqual(JSON.parse(JSON.stringify(wanted)))
      }),
    )
  })
})

test.each(['', 'null', '[]', '"a"', '{"a":1', '{"a":1}}', '{"a":1}{}', '{a:1}', `{"a":${'['.repeat(70)}`])(
  'refuses text that is not one JSON object: %j',
  (text) => {
    expect(() => parse(text)).toThrow(expect.objectContaining({ status: 400, code: 'invalid_json' }))
  },
)

test('refuses a million levels without parsing them', () => {
  expect(() => parse(`{"a":${'['.repeat(1_000_000)}}`)).toThrow(expect.objectContaining({ code: 'invalid_json' }))
})

test('decodes Chinese of any length correctly', () => {
  for (const length of [1, 300, 100_000]) {
    const fields = { text: '他说：“请看😀第二行”'.repeat(length) }
    expect(parse(JSON.stringify(fields)).fields).toEqual(fields)
  }
})

const numerals = (count: number): string[] => Array.from({ length: count }, (_, index) => String((index + 1) * 65_536))

describe('a request body with too many names, strings, objects and arrays', () => {
  test.each([
    ['objects', `{"a":[${'{},'.repeat(maxParts)}{}]}`],
    ['arrays', `{"a":[${'[],'.repeat(maxParts)}[]]}`],
    ['strings', JSON.stringify({ a: Array.from({ length: maxParts }, () => 'x') })],
    ['members of an array that is no object', `[${'1,'.repeat(maxParts)}1]`],
    ['names', `{${'"a":0,'.repeat(maxParts)}"a":0}`],
    ['short strings of digits, a tenth of the number', JSON.stringify({ a: numerals(maxParts / 10) })],
    ['the same, escaped', `{"a":[${numerals(maxParts / 10).map((text) => `"\\u003${text[0]}${text.slice(1)}"`)}]}`],
  ])('is refused with a 413 that names the limit: %s', (_, text) => {
    expect(() => parse(text)).toThrow(
      expect.objectContaining({ status: 413, code: 'request_too_large', message: expect.stringContaining('100000') }),
    )
  })

  test.each([
    ['a prompt of 200,000 tokens', { prompt: Array.from({ length: 200_000 }, (_, index) => index) }],
    ['two thousand messages and 128 large tools', longChat()],
    ['a bias of 1024 tokens', { logit_bias: Object.fromEntries(numerals(1024).map((token) => [token, 1])) }],
    ['strings of digits that are long', { a: Array.from({ length: 20_000 }, () => '1'.repeat(70)) }],
  ])('does not include %s', (_, body) => expect(parse(JSON.stringify(body)).fields).toEqual(body))

  test('is recognised before it is parsed, and checking a prompt of five megabytes costs nearly nothing', () => {
    const cpuMs = (text: string, enough: number): number => {
      const bytes = Buffer.from(text)
      return minCpuMs(() => parseRawJson(bytes), enough)
    }
    expect(cpuMs(`{"a":[${'{},'.repeat(2_000_000)}{}]}`, 150)).toBeLessThan(150)
    const content = '中文 "and" words\n'.repeat(250_000)
    expect(cpuMs(JSON.stringify({ messages: [{ role: 'user', content }] }), 300)).toBeLessThan(300)
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
