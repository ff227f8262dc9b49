import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { parseLenientJson } from '../../shared/runtime/lenient-json.ts'

describe('parseLenientJson', () => {
  test('reads JSON as it is', () => {
    fc.assert(
      fc.property(fc.json({ maxDepth: 4 }), fc.constantFrom(0, 1), (text, indent) => {
        const value: unknown = JSON.parse(text)
        expect(parseLenientJson(JSON.stringify(value, null, indent))).toEqual(value)
      }),
    )
  })

  test.each([
    ['{"a":[1,2,],}', { a: [1, 2] }],
    [
      '{"a":NaN,"b":-Infinity,"c":Infinity,"d":-inf,"e":nan,"f":"NaN"}',
      { a: null, b: null, c: null, d: null, e: null, f: 'NaN' },
    ],
    ["{'a': None, 'b': True, 'c': False}", { a: null, b: true, c: false }],
    [`{'a': 'it\\'s "so"', 'b': "it's"}`, { a: 'it\'s "so"', b: "it's" }],
    ['{"a":"one\ntwo\t\u0001"}', { a: 'one\ntwo\t\u0001' }],
    [`{'a': '\\x41\\n\\u4e2d\\\\'}`, { a: 'A\n中\\' }],
    [`{"a":"it\\'s"}`, { a: "it's" }],
    ['{"a":undefined}', { a: null }],
  ])('reads %s', (text, value) => {
    expect(parseLenientJson(text)).toEqual(value)
  })

  test.each(['', 'hello', '{"a":', '{"a" 1}', '{a:1}', "{'a': 'b}", '{"a":1}{"b":2}', '[1,,2]'])(
    'refuses %j',
    (text) => {
      expect(parseLenientJson(text)).toBeUndefined()
    },
  )

  test('refuses what nests too deep, or has too many escapes for one string', () => {
    expect(parseLenientJson('['.repeat(70) + ']'.repeat(70))).toBeUndefined()
    expect(() => parseLenientJson(`{'a': '${'\\n'.repeat(9_000_000)}`)).not.toThrow()
  })
})
