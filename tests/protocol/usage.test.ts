import { expect, test } from '@jest/globals'
import { addUsage } from '../../shared/protocol/usage.ts'

test('caps the sum of two usages at the largest exact integer', () => {
  const usage = { prompt_tokens: 1, completion_tokens: 0, total_tokens: Number.MAX_SAFE_INTEGER }
  const sum = addUsage(usage, usage)
  expect(sum).toEqual({ prompt_tokens: 2, completion_tokens: 0, total_tokens: Number.MAX_SAFE_INTEGER })
})
