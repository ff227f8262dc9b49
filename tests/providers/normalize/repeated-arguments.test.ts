import { expect, test } from '@jest/globals'
import fc from 'fast-check'
import type { ToolReading } from '../../../shared/providers/normalize/tool-calls/tool-calls.ts'
import { ToolCalls } from '../../../shared/providers/normalize/tool-calls/tool-calls.ts'

/** Whatever the arguments are, and wherever they are cut: pieces that go on with them, and pieces that say all of them again, come to the
 *  same. */

const reading: ToolReading = {
  getToolNames: () => ['f'],
  fail: (word) => {
    throw new TypeError(word)
  },
}

const readAll = (texts: readonly string[]): string => {
  const calls = new ToolCalls()
  const pieces = texts.map((text, at) => ({
    index: 0,
    ...(at === 0 && { id: 'a' }),
    function: { name: at === 0 ? 'f' : '', arguments: text },
  }))
  const read = [...pieces.flatMap((piece) => calls.read([piece], reading, false)), ...calls.read([], reading, true)]
  expect(new Set(read.map(({ call }) => call)).size).toBe(1)
  return read.map((piece) => piece.arguments).join('')
}

/** Texts that look like JSON. A name that begins with what may follow a string leaves in doubt what a piece is. */
const names = ['a', '城市', '{"a":', '"', '\\', 'a":{"a']
const oddNames = ['', ':', ',', '}', ' b']

const argumentsWith = (keys: readonly string[]) => {
  const key = fc.constantFrom(...keys)
  const leaf = fc.oneof(fc.constantFrom(...names, ...oddNames), fc.integer(), fc.constantFrom(null, true))
  const { value } = fc.letrec((tie) => ({
    value: fc.oneof({ maxDepth: 4 }, leaf, fc.array(tie('value'), { maxLength: 3 }), tie('object')),
    object: fc.dictionary(key, tie('value'), { minKeys: 1, maxKeys: 3 }),
  }))
  return fc
    .tuple(fc.dictionary(key, value, { minKeys: 1, maxKeys: 4 }), fc.constantFrom(0, 1))
    .map(([fields, indent]) => JSON.stringify(fields, null, indent))
}
const places = fc.array(fc.nat(), { minLength: 1, maxLength: 12 })

const toEnds = (text: string, given: readonly number[]): number[] =>
  [...new Set([...given.map((place) => 1 + (place % text.length)), text.length])].sort((one, other) => one - other)

test('pieces that go on with the arguments are read as they are, wherever they are cut (R222)', () => {
  fc.assert(
    fc.property(argumentsWith([...names, ...oddNames]), places, (text, given) => {
      const ends = toEnds(text, given)
      expect(readAll(ends.map((end, at) => text.slice(at === 0 ? 0 : ends[at - 1], end)))).toBe(text)
    }),
    { numRuns: 3_000 },
  )
})

test('pieces that say all arguments so far are read as their last one, wherever they are cut (R222)', () => {
  fc.assert(
    fc.property(argumentsWith(names), places, (text, given) => {
      expect(readAll(toEnds(text, given).map((end) => text.slice(0, end)))).toBe(text)
    }),
    { numRuns: 3_000 },
  )
})
