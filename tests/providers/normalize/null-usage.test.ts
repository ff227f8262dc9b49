import { expect, test } from '@jest/globals'
import fc from 'fast-check'
import { appendNullUsage, removeNullUsage } from '../../../shared/providers/normalize/null-usage.ts'

/** Texts and names that look like the member. */
const awkward = fc.oneof(
  fc.constantFrom('usage', '"usage":null', ',"usage":null', '\\"usage\\":null', 'x"usage', '\\', '\\u0075sage', '}'),
  fc.string(),
)
const value: fc.Arbitrary<unknown> = fc.letrec((tie) => ({
  any: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.constant(null),
    fc.integer(),
    awkward,
    fc.array(tie('any'), { maxLength: 3 }),
    fc.dictionary(awkward, tie('any'), { maxKeys: 3, noNullPrototype: true }),
  ),
})).any

/** An object with a member `usage: null` at any place, and other members around it. */
const chunk = fc
  .tuple(
    fc.dictionary(awkward, value, { maxKeys: 3, noNullPrototype: true }),
    fc.dictionary(awkward, value, { maxKeys: 3, noNullPrototype: true }),
  )
  .map(([before, after]) => {
    const { usage: _usage, ...rest } = after
    return { ...before, usage: null, ...rest }
  })

const spaced = (object: object, indent: number, escaped: boolean): string => {
  const text = JSON.stringify(object, null, indent)
  return escaped ? text.replaceAll('usage', '\\u0075sage') : text
}

test('removes usage:null from a text exactly as from the parsed object, or not at all', () => {
  let cut = 0
  fc.assert(
    fc.property(chunk, fc.nat(2), fc.boolean(), (object, indent, escaped) => {
      const edited = removeNullUsage(spaced(object, indent, escaped))
      if (edited === undefined) return
      cut += 1
      const { usage: _usage, ...expected } = object
      expect(JSON.parse(edited)).toEqual(expected)
    }),
    { numRuns: 1000 },
  )
  expect(cut).toBeGreaterThan(100)
})

test.each([
  ['{"a":1,"usage":null}', '{"a":1}'],
  ['{"usage":null,"a":1}', '{"a":1}'],
  ['{ "a": 1, "usage": null, "b": 2 }', '{ "a": 1, "b": 2 }'],
  ['{"a":"usage","usage":null}', '{"a":"usage"}'],
  ['{"choices":[{"usage":null}],"usage":null}', undefined],
])('edits %s to %s', (text, expected) => {
  const edited = removeNullUsage(text)
  if (expected === undefined) expect(edited).toBeUndefined()
  else if (edited !== undefined) expect(JSON.parse(edited)).toEqual(JSON.parse(expected))
})

test('adds usage:null to a text exactly as to the parsed object', () => {
  fc.assert(
    fc.property(fc.dictionary(awkward, value, { minKeys: 1, noNullPrototype: true }), fc.nat(2), (object, indent) => {
      const { usage: _usage, ...rest } = object
      const whole = { id: 1, ...rest }
      expect(JSON.parse(appendNullUsage(JSON.stringify(whole, null, indent)))).toEqual({ ...whole, usage: null })
    }),
  )
})
