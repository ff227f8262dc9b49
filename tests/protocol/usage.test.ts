import { expect, test } from '@jest/globals'
import { addUsage } from '../../shared/protocol/usage.ts'

test('the sum of two usages is exact as far as a number can be, and stays there', () => {
  const most = { prompt_tokens: 1, completion_tokens: 0, total_tokens: Number.MAX_SAFE_INTEGER }
  const sum = addUsage(most, most)
  expect(sum).toEqual({ prompt_tokens: 2, completion_tokens: 0, total_tokens: Number.MAX_SAFE_INTEGER })
})
