import { expect, test } from '@jest/globals'
import fc from 'fast-check'
import { findExcess, maxDepth, parseJson } from '../../shared/runtime/json.ts'

const nested = (levels: number): string => `${'['.repeat(levels)}${']'.repeat(levels)}`

const getDepth = (value: unknown): number =>
  typeof value === 'object' && value !== null ? 1 + Math.max(0, ...Object.values(value).map(getDepth)) : 0

test.each([
  [nested(maxDepth), false],
  [nested(maxDepth + 1), true],
  [JSON.stringify({ text: nested(500) }), false],
  [JSON.stringify({ text: `${nested(500)}\\"` }), false],
  [`${'{"a":'.repeat(65)}1${'}'.repeat(65)}`, true],
  [`"${nested(100)}`, false],
])('counts levels of brackets, but not brackets in strings: %#', (text, expected) => {
  expect(findExcess(text)).toBe(expected ? 'levels' : undefined)
})

test('measures the depth of any JSON by its brackets, whatever its strings contain', () => {
  const awkward = fc
    .constantFrom('[', '{', '"', '\\', ']', '}', 'x')
    .chain((mark) => fc.string().map((rest) => mark + rest))
  const wrapped = fc.tuple(fc.jsonValue({ maxDepth: 4 }), awkward, fc.nat(70))
  fc.assert(
    fc.property(wrapped, ([value, text, levels]) => {
      let whole: unknown = { [text]: value, text }
      for (let count = 0; count < levels; count++) whole = [whole, text]
      expect(findExcess(JSON.stringify(whole))).toBe(getDepth(whole) > maxDepth ? 'levels' : undefined)
    }),
  )
})

test('refuses a million levels without parsing them', () => {
  expect(parseJson(nested(1_000_000))).toBeUndefined()
})

test.each([
  ['{"a":[1,2],"b":"},{","c":{"d":1,"e":2}}', [0, 10, 20, 38]],
  ['[1,[2,3],{"a":4,"b":5}]', [0, 2, 8, 22]],
  ['{}', [0, 1]],
  ['"a,b"', []],
])('notes the offsets between the members of %s', (text, expected) => {
  const offsets: number[] = []
  findExcess(text, offsets)
  expect(offsets).toEqual(expected)
})
