import { expect, test } from '@jest/globals'
import { addUsage, hasOnlyTotal, readUsage, splitTotal } from '../../shared/protocol/usage.ts'

test.each([
  [{ total_tokens: 9 }, true],
  [{ prompt_tokens: 0, completion_tokens: 0, total_tokens: 9 }, true],
  [{ prompt_tokens: 0, completion_tokens: 0, total_tokens: 0 }, false],
  [{ prompt_tokens: 1, total_tokens: 9 }, false],
])('knows whether %j is a total alone', (given, expected) => {
  expect(hasOnlyTotal(readUsage(given) as never)).toBe(expected)
})

test.each([
  [4, { prompt_tokens: 5, completion_tokens: 4, total_tokens: 9 }],
  [50, { prompt_tokens: 0, completion_tokens: 9, total_tokens: 9 }],
  [0, { prompt_tokens: 9, completion_tokens: 0, total_tokens: 9 }],
])('splits a total by an estimate of %i, and keeps it', (output, expected) => {
  expect(splitTotal({ prompt_tokens: 0, completion_tokens: 0, total_tokens: 9 }, output)).toEqual(expected)
})

test('caps the sum of two usages at the largest exact integer', () => {
  const usage = { prompt_tokens: 1, completion_tokens: 0, total_tokens: Number.MAX_SAFE_INTEGER }
  const sum = addUsage(usage, usage)
  expect(sum).toEqual({ prompt_tokens: 2, completion_tokens: 0, total_tokens: Number.MAX_SAFE_INTEGER })
})
