import { describe, expect, test } from '@jest/globals'
import { randomFrom } from '../../../testing/rig/random.ts'
import { defaultLoad, type Load } from '../../../testing/simulate/load.ts'
import { formatLimits, formatOutcomes } from '../../../testing/simulate/print-outcomes.ts'
import { simulate } from '../../../testing/simulate/simulate.ts'
import { simulateInstances } from '../../../testing/simulate/simulate-instances.ts'

const run = (load: Partial<Load>) => simulateInstances({ ...defaultLoad, ...load }, randomFrom(7))

describe('simulated instances', () => {
  test('bill the length of each answer if they serve one at a time', () => {
    expect(run({ concurrency: 1 }).billedSeconds / 10_000).toBeCloseTo(1, 1)
  })

  test('bill the time in which at least one answer runs, as the theory of queues has it', () => {
    // With room for all, an instance is busy for 1 - e^-load of the time (Erlang; M/M/∞).
    const users = 100
    const load = ((users * defaultLoad.answersPerHour) / 3_600) * defaultLoad.answerSeconds
    const answersPerSecond = load / defaultLoad.answerSeconds
    const expected = (1_000 * (1 - Math.exp(-load))) / answersPerSecond
    expect(run({ users, concurrency: 100 }).billedSeconds / expected).toBeCloseTo(1, 1)
  })

  test('begin cold after the time for which the platform keeps an idle one', () => {
    // One user: the share of pauses that are longer than the instance is kept.
    const perSecond = defaultLoad.answersPerHour / 3_600
    const { coldStarts } = run({ users: 1, keepSeconds: 300 })
    expect(coldStarts / 1_000).toBeCloseTo(Math.exp(-300 * perSecond), 1)
    expect(run({ users: 1, keepSeconds: 1e9 }).coldStarts).toBe(0)
  })

  test('serve no more at a time than they may', () => {
    const { instances, streams } = run({ users: 2_000, concurrency: 7 })
    expect(instances * 7).toBeGreaterThanOrEqual(streams)
  })
})

describe('an outcome', () => {
  test('names the limit that is nearest first, with what helps', () => {
    const outcome = simulate({ ...defaultLoad, users: 100_000, quotaRows: 2, quotaOfTokens: true }, randomFrom(1))
    expect(outcome.shares[0]?.limit).toBe('shared-row')
    expect(formatLimits(outcome).split('\n')[2]).toBe(
      '| shared-row | 200 % | quotas for each user in place of one for all |',
    )
  })

  test('counts connections of MySQL alone, and costs half as much with half the memory, but for the bytes', () => {
    const at = (load: Partial<Load>) => simulate({ ...defaultLoad, users: 5_000, ...load }, randomFrom(1))
    expect(at({ store: 'rdb' }).connections).toBe(0)
    expect(at({ store: 'mysql' }).connections).toBe(at({}).instances * 5)
    const bytes = (defaultLoad.answerTokens * 230 * 0.8) / 1e6
    expect(at({ memoryMb: 128 }).yuan - bytes).toBeCloseTo((at({ memoryMb: 256 }).yuan - bytes) / 2, 6)
  })

  test('is printed as a row for each number of users', () => {
    const outcome = simulate({ ...defaultLoad, users: 1_000, store: 'mysql' }, randomFrom(1))
    const [, , row] = formatOutcomes([outcome]).split('\n')
    expect(row).toMatch(/^\| 1,000 \| 6\.7 \| \d+ \| \d+ \| 0\.\d\d % \| 40 \| \d+ \| 0\.\d+ \| 0\.46 \| 0\.\d{4} \|$/)
  })
})
