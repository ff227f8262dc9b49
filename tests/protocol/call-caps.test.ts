import { describe, expect, test } from '@jest/globals'
import { parseCall } from '../../shared/protocol/call.ts'
import { countChoices } from '../../shared/protocol/call-caps.ts'
import type { OperationName } from '../../shared/protocol/operations.ts'

const caps = { maxChoices: 4, maxPrompts: 3 }

const count = (operation: OperationName, fields: object): number => {
  const input = { prompt: 'hi', messages: [{ role: 'user', content: 'hi' }] }
  const body = Buffer.from(JSON.stringify({ model: 'm', ...input, ...fields }))
  return countChoices(parseCall(operation, body), caps)
}

describe('the choices of a request', () => {
  test.each<[object, number]>([
    [{}, 1],
    [{ n: null, best_of: null }, 1],
    [{ n: 4 }, 4],
    [{ n: 2, best_of: 3 }, 3],
    [{ prompt: [1, 2, 3, 4, 5] }, 1],
    [{ prompt: ['a', 'b', 'c'] }, 3],
    [{ prompt: [[1], [2, 3]], n: 4 }, 8],
  ])('of %j are counted as %i', (fields, expected) => {
    expect(count('completions', fields)).toBe(expected)
  })

  test('are counted for one prompt in a chat, whatever its field prompt contains', () => {
    expect(count('chat/completions', { n: 3, prompt: ['a', 'b', 'c', 'd'] })).toBe(3)
  })
})

describe('a request above the caps', () => {
  test.each<[string, unknown]>([
    ...['n', 'best_of'].flatMap((field) =>
      [0, -1, 5, 1e9, 1.5, '2', true, [2], { most: 2 }].map((value): [string, unknown] => [field, value]),
    ),
    ['prompt', ['a', 'b', 'c', 'd']],
    ['prompt', [[1], [2], [3], [4]]],
  ])('is refused with 400 invalid_value and the field: %s %j', (param, value) => {
    expect(() => count('completions', { [param]: value })).toThrow(
      expect.objectContaining({ status: 400, code: 'invalid_value', options: { param } }),
    )
  })
})
