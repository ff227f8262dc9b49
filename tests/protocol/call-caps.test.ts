import { describe, expect, test } from '@jest/globals'
import { parseCall } from '../../shared/protocol/call.ts'
import { countChoices } from '../../shared/protocol/call-caps.ts'
import type { OperationName } from '../../shared/protocol/operations.ts'

const caps = { maxChoices: 4, maxPrompts: 3 }

const answers = (operation: OperationName, asked: object): number => {
  const input = { prompt: 'hi', messages: [{ role: 'user', content: 'hi' }] }
  const body = Buffer.from(JSON.stringify({ model: 'm', ...input, ...asked }))
  return countChoices(parseCall(operation, body), caps)
}

describe('a request counts for the answers it asks for', () => {
  test.each<[object, number]>([
    [{}, 1],
    [{ n: null, best_of: null }, 1],
    [{ n: 4 }, 4],
    [{ n: 2, best_of: 3 }, 3],
    [{ prompt: [1, 2, 3, 4, 5] }, 1],
    [{ prompt: ['a', 'b', 'c'] }, 3],
    [{ prompt: [[1], [2, 3]], n: 4 }, 8],
    [{ prompt: [] }, 1],
  ])('%j: %i', (asked, expected) => {
    expect(answers('completions', asked)).toBe(expected)
  })

  test('and a chat has one prompt, whatever a field of that name holds', () => {
    expect(answers('chat/completions', { n: 3, prompt: ['a', 'b', 'c', 'd'] })).toBe(3)
  })
})

describe('a request for more than the caps is refused by the field at fault', () => {
  test.each<[string, unknown]>([
    ...['n', 'best_of'].flatMap((field) =>
      [0, -1, 5, 1e9, 1.5, '2', true, [2], { most: 2 }].map((value): [string, unknown] => [field, value]),
    ),
    ['prompt', ['a', 'b', 'c', 'd']],
    ['prompt', [[1], [2], [3], [4]]],
  ])('%s %j', (param, value) => {
    expect(() => answers('completions', { [param]: value })).toThrow(
      expect.objectContaining({ status: 400, code: 'invalid_value', options: { param } }),
    )
  })
})
