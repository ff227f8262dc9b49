import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { getCachedTokens } from '../../../shared/protocol/cached-tokens.ts'
import { parseDecimal, roundHalfEven, roundUp } from '../../../shared/runtime/decimal.ts'
import { formatYuan, priceUsage, toPoints } from '../../../shared/usage/cost/pricing.ts'

const tariff = { pointsPer1kTokens: '1.0', pointsPerYuan: '500' }
const usage = (prompt: number, completion: number, more: object = {}) => ({
  prompt_tokens: prompt,
  completion_tokens: completion,
  total_tokens: prompt + completion,
  ...more,
})

describe('points by tokens', () => {
  test.each([
    [0, '1.0', 0],
    [499, '1.0', 0],
    [500, '1.0', 0],
    [501, '1.0', 1],
    [1_500, '1.0', 2],
    [2_500, '1.0', 2],
    [2_501, '1.0', 3],
    [3_500, '1.0', 4],
    [1_000, '0.5', 0],
    [3_000, '0.5', 2],
    [1_000, '0.0000001', 0],
    [12_345, '0', 0],
    [45, '100', 4],
    [35, '100', 4],
    [9_007_199_254_740_991, '1000', 9_007_199_254_740_991],
    [9_007_199_254_740_991, '999999999999', 9_007_199_254_740_991],
  ])('rounds %d tokens at %s per 1,000 half to even, to %d', (tokens, ratio, points) => {
    expect(toPoints(tokens, ratio)).toBe(points)
  })

  test('equal exact rational arithmetic and are integers from 0 on (R48)', () => {
    const ratios = fc.tuple(fc.nat(99_999), fc.nat(999)).map(([whole, part]) => [whole, part] as const)
    fc.assert(
      fc.property(fc.nat(2_000_000_000), ratios, (tokens, [whole, part]) => {
        const points = toPoints(tokens, `${whole}.${String(part).padStart(3, '0')}`)
        const exact = BigInt(tokens) * BigInt(whole * 1_000 + part)
        const error = exact - BigInt(points) * 1_000_000n
        expect(error <= 500_000n && error >= -500_000n).toBe(true)
        expect(Number.isSafeInteger(points) && points >= 0).toBe(true)
      }),
    )
  })
})

describe('points by price', () => {
  const prices = { input: '0.8', output: '2', cache: undefined }

  test.each([
    ['charges nothing for nothing', usage(0, 0), prices, 0, 0],
    ['charges a point for the least usage', usage(1, 0), prices, 1, 800],
    ['does not round up a cost of a whole number of points', usage(1_250, 500), prices, 1, 2_000_000],
    ['rounds up a cost that is a little higher', usage(1_251, 500), prices, 2, 2_000_800],
    [
      'adds 0.1 and 0.2 to 0.3',
      usage(1_000_000, 1_000_000),
      { ...prices, input: '0.1', output: '0.2' },
      150,
      300_000_000,
    ],
    [
      'charges cached tokens at their own price',
      usage(1_000_000, 0, { prompt_tokens_details: { cached_tokens: 400_000 } }),
      { ...prices, input: '2', cache: '0.5' },
      700,
      1_400_000_000,
    ],
    [
      'charges cached tokens at the input price if they have no price',
      usage(1_000_000, 0, { prompt_cache_hit_tokens: 400_000 }),
      { ...prices, input: '2' },
      1_000,
      2_000_000_000,
    ],
    [
      'gives no discount for more cached tokens than prompt tokens',
      usage(10, 0, { cached_tokens: 1_000 }),
      { input: '1000000', output: '1', cache: '0' },
      0,
      0,
    ],
    ['charges a total without parts as input', { ...usage(0, 0), total_tokens: 1_000_000 }, prices, 400, 800_000_000],
    [
      'charges reasoning that only the total contains as output',
      { ...usage(10, 5), total_tokens: 500_010 },
      prices,
      501,
      1_000_008_000,
    ],
    [
      'gives no discount for a total below its parts',
      { ...usage(0, 500_000), total_tokens: 1 },
      prices,
      500,
      1_000_000_000,
    ],
    [
      'charges searches that the usage states, by the thousand',
      usage(1_000_000, 0, { server_tool_use: { web_search_requests: 3 } }),
      { ...prices, input: '2', search: '70' },
      1_105,
      2_210_000_000,
    ],
    [
      'charges no searches without their price',
      usage(1_000_000, 0, { server_tool_use: { web_search_requests: 3 } }),
      { ...prices, input: '2' },
      1_000,
      2_000_000_000,
    ],
    ['reads a price as JavaScript prints small numbers', usage(1_000_000, 0), { ...prices, input: '1e-7' }, 1, 100],
  ])('%s', (_, used, given, points, costNano) => {
    expect(priceUsage({ usage: used }, given, tariff)).toEqual({ points, costNanoYuan: costNano })
  })

  test('charges searches that are stated beside the usage', () => {
    const used = { usage: usage(0, 0), units: { search: 2 } }
    expect(priceUsage(used, { ...prices, search: '14' }, tariff)).toEqual({ points: 14, costNanoYuan: 28_000_000 })
  })

  test.each(['free', '-1', '', '1,5', 'NaN', '1e99'])('charges by tokens if a price is %j', (input) => {
    expect(priceUsage({ usage: usage(1_000, 1_000) }, { ...prices, input }, tariff)).toEqual({
      points: 2,
      costNanoYuan: null,
    })
  })

  test('charges never less than the cost and never a point more', () => {
    const amount = fc.nat(10_000_000)
    fc.assert(
      fc.property(amount, amount, fc.nat(99_999), fc.nat(99_999), (prompt, completion, input, output) => {
        const given = { input: `${input / 1_000}`, output: `${output / 1_000}`, cache: undefined }
        const { points } = priceUsage({ usage: usage(prompt, completion) }, given, tariff)
        const scaled = (BigInt(prompt) * BigInt(input) + BigInt(completion) * BigInt(output)) * 500n
        expect(BigInt(points) * 1_000_000_000n >= scaled).toBe(true)
        expect(BigInt(points) * 1_000_000_000n - scaled < 1_000_000_000n).toBe(true)
      }),
    )
  })

  test.each([
    [0, '0'],
    [1, '0.000000001'],
    [1_200_000, '0.0012'],
    [1_000_000_000, '1'],
    [12_345_678_901, '12.345678901'],
    [100_000_000_000, '100'],
  ])('formats %d nano-yuan as %s', (nano, text) => {
    expect(formatYuan(nano)).toBe(text)
  })
})

describe('cached tokens', () => {
  test.each([
    [{ prompt_tokens_details: { cached_tokens: 5 } }, 5],
    [{ prompt_cache_hit_tokens: 6, prompt_cache_miss_tokens: 4 }, 6],
    [{ cached_tokens: 7 }, 7],
    [{ prompt_tokens_details: { cached_tokens: 0 }, prompt_cache_hit_tokens: 6 }, 6],
    [{ input_tokens_details: { cached_tokens: 4 }, cached_tokens: 2 }, 4],
    [{ cache_read_input_tokens: 3 }, 3],
    [{ prompt_tokens_details: null, prompt_cache_hit_tokens: 6 }, 6],
    [{ prompt_tokens_details: { cached_tokens: -1 } }, 0],
    [{ prompt_cache_hit_tokens: '6' }, 0],
    [{}, 0],
  ])('reads from %j the count %d', (details, tokens) => {
    expect(getCachedTokens(usage(10, 10, details))).toBe(tokens)
  })
})

describe('a decimal', () => {
  test.each([
    ['1.5', 2n, 2n],
    ['2.5', 2n, 3n],
    ['2.50001', 3n, 3n],
    ['0.4', 0n, 1n],
    ['3', 3n, 3n],
    ['1e2', 100n, 100n],
    ['15e-1', 2n, 2n],
    ['12.', 12n, 12n],
    ['.5', 0n, 1n],
    ['+1_000', 1000n, 1000n],
    ['2.5E0', 2n, 3n],
  ])('rounds %s half to even to %d, and up to %d', (text, even, up) => {
    const decimal = parseDecimal(text)
    expect(decimal && [roundHalfEven(decimal), roundUp(decimal)]).toEqual([even, up])
  })
})
