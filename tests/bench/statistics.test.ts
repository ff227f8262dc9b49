import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { Samples } from '../../testing/stats/samples.ts'
import { median, percentile, summarize } from '../../testing/stats/summary.ts'

describe('a summary', () => {
  test.each([
    [[3, 1, 2], 2],
    [[4, 1, 2, 3], 2.5],
    [[7], 7],
  ])('has the median of %j: %d', (values, middle) => {
    expect(median(values)).toBe(middle)
  })

  test('is undefined without values', () => {
    expect(summarize([])).toBeUndefined()
  })

  test('has a median between minimum and maximum, in any order', () => {
    fc.assert(
      fc.property(fc.array(fc.integer(), { minLength: 1 }), (values) => {
        const { median: middle = Number.NaN, min = Number.NaN, max = Number.NaN } = summarize(values) ?? {}
        expect(min).toBeLessThanOrEqual(middle)
        expect(middle).toBeLessThanOrEqual(max)
        expect(median([...values].reverse())).toBe(middle)
      }),
    )
  })

  test('has half of its values between its quartiles', () => {
    const [lower, upper] = summarize([8, 1, 7, 2, 6, 3, 5, 4])?.quartiles ?? []
    expect([lower, upper]).toEqual([2, 6])
  })

  test('takes percentiles by nearest rank', () => {
    const hundred = Array.from({ length: 100 }, (_, index) => index + 1)
    expect(percentile(hundred, 0.99)).toBe(99)
    expect(percentile(hundred, 0.5)).toBe(50)
    expect(percentile([5], 0.99)).toBe(5)
    expect(percentile([], 0.5)).toBeNaN()
  })
})

describe('samples', () => {
  const place = { scenario: 'throughput', target: 'ours', measure: 'cpu_us' }

  test('divide values of one round, so that a slow round affects both', () => {
    const samples = new Samples()
    for (const [round, ours, bare] of [
      [0, 110, 100],
      [1, 1_200, 1_000],
      [2, 13, 10],
    ] as const) {
      samples.add('throughput', 'ours', { round, values: { cpu_us: ours } })
      samples.add('throughput', 'bare', { round, values: { cpu_us: bare } })
    }
    expect(samples.ratio(place, 'bare')).toEqual({ median: 1.2, min: 1.1, max: 1.3, quartiles: [1.1, 1.3] })
  })

  test('omit rounds without the other target, and values that are not numbers', () => {
    const samples = new Samples()
    samples.add('throughput', 'ours', { round: 0, values: { cpu_us: 2, rps: Number.NaN } })
    samples.add('throughput', 'ours', { round: 1, values: { cpu_us: 9 } })
    samples.add('throughput', 'bare', { round: 0, values: { cpu_us: 1 } })
    expect(samples.ratio(place, 'bare')).toEqual({ median: 2, min: 2, max: 2, quartiles: [2, 2] })
    expect(samples.summary({ ...place, measure: 'rps' })).toBeUndefined()
  })
})
