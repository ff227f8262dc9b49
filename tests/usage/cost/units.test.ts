import { expect, test } from '@jest/globals'
import fc from 'fast-check'
import { toUnits } from '../../../shared/usage/cost/units.ts'

const usage = { prompt_tokens: 100, completion_tokens: 50, total_tokens: 150 }

test.each([
  ['a plain usage', usage, { input: 100, output: 50 }],
  ['cached tokens', { ...usage, prompt_tokens_details: { cached_tokens: 40 } }, { input: 100, cached: 40, output: 50 }],
  ["DeepSeek's cached tokens", { ...usage, prompt_cache_hit_tokens: 40 }, { input: 100, cached: 40, output: 50 }],
  [
    'reasoning tokens',
    { ...usage, completion_tokens_details: { reasoning_tokens: 30 } },
    { input: 100, output: 50, reasoning: 30 },
  ],
  ['details of 0', { ...usage, completion_tokens_details: { reasoning_tokens: 0 } }, { input: 100, output: 50 }],
  ['tokens of the total alone', { ...usage, total_tokens: 180 }, { input: 100, output: 80 }],
  [
    'reasoning in the total alone',
    { ...usage, total_tokens: 180, completion_tokens_details: { reasoning_tokens: 30 } },
    { input: 100, output: 80, reasoning: 30 },
  ],
  ['only a total', { prompt_tokens: 0, completion_tokens: 0, total_tokens: 9 }, { input: 9 }],
  ['a total that is too small', { ...usage, total_tokens: 7 }, { input: 100, output: 50 }],
  ['a prompt only', { prompt_tokens: 9, completion_tokens: 0, total_tokens: 9 }, { input: 9 }],
  ['nothing', { prompt_tokens: 0, completion_tokens: 0, total_tokens: 0 }, {}],
  [
    'details that cannot be',
    {
      ...usage,
      prompt_tokens_details: { cached_tokens: 1_000 },
      completion_tokens_details: { reasoning_tokens: 1_000 },
    },
    { input: 100, cached: 100, output: 50, reasoning: 50 },
  ],
  ['details of a wrong type', { ...usage, completion_tokens_details: 'many' }, { input: 100, output: 50 }],
  [
    "Anthropic's searches",
    { ...usage, server_tool_use: { web_search_requests: 2 } },
    { input: 100, output: 50, search: 2 },
  ],
  ["DashScope's searches", { ...usage, plugins: { search: { count: 1 } } }, { input: 100, output: 50, search: 1 }],
  [
    "DashScope's searches of a response",
    { ...usage, x_tools: { web_search: { count: 3 } }, plugins: { search: { count: 1 } } },
    { input: 100, output: 50, search: 3 },
  ],
  ["Perplexity's searches", { ...usage, num_search_queries: 4 }, { input: 100, output: 50, search: 4 }],
  [
    'searches that are no count',
    { ...usage, server_tool_use: { web_search_requests: '2' } },
    { input: 100, output: 50 },
  ],
  ['negative details', { ...usage, completion_tokens_details: { reasoning_tokens: -1 } }, { input: 100, output: 50 }],
])('counts the units of a usage with %s', (_, given, units) => {
  expect(toUnits(given)).toEqual(units)
})

test('counts parts that are never more than their whole', () => {
  const count = fc.nat({ max: 1_000 })
  fc.assert(
    fc.property(count, count, count, count, count, (prompt, completion, total, cached, reasoning) => {
      const {
        input = 0,
        output = 0,
        ...parts
      } = toUnits({
        ...{ prompt_tokens: prompt, completion_tokens: completion, total_tokens: total },
        ...{ prompt_cache_hit_tokens: cached, completion_tokens_details: { reasoning_tokens: reasoning } },
      })
      expect(parts.cached ?? 0).toBeLessThanOrEqual(input)
      expect(parts.reasoning ?? 0).toBeLessThanOrEqual(output)
      expect(input + output).toBe(Math.max(prompt + completion, total))
    }),
  )
})
