import { beforeEach, describe, expect, test } from '@jest/globals'
import type { Target } from '../../../shared/protocol/route.ts'
import { restRules } from '../../../shared/providers/targets/rest-rules.ts'
import { type Rest, Rests, type TargetFailure } from '../../../shared/providers/targets/rests.ts'
import { getTargetId } from '../../../shared/providers/targets/target-id.ts'
import { targetAt } from '../../support/call-provider.ts'

const [a, b, c] = ['a', 'b', 'c'].map((name) => targetAt('https://p.example.com', { name, apiKey: `key-${name}` })) as [
  Target,
  Target,
  Target,
]

let time: number
let rests: Rests
let reported: Rest[]
let returned: string[]

beforeEach(() => {
  time = 1_000_000
  reported = []
  returned = []
  rests = new Rests({
    now: () => time,
    onRest: (_, rest) => reported.push(rest),
    onReturn: ({ name }) => returned.push(name),
  })
})

const fail = (target: Target, failure: TargetFailure): void => rests.begin(target)(failure)
const names = (...targets: (Target | undefined)[]) => targets.map((target) => target?.name)

describe('a rest', () => {
  test('lasts as long as the provider says, and the later deadline wins', () => {
    fail(a, { reason: 'rate', waitMs: 30_000 })
    fail(a, { reason: 'rate', waitMs: 2_000 })
    time += 29_999
    expect(rests.pick([a, b])).toBe(b)
    time += 1
    expect(rests.pick([a, b])).toBe(a)
  })

  test('concerns one key and one model, also for another entry that has both', () => {
    const sibling = { ...a, name: 'other-entry' }
    const otherModel = { ...a, upstreamModel: 'n' }
    fail(a, { reason: 'rate', waitMs: 5_000 })
    expect(rests.pick([sibling, otherModel])).toBe(otherModel)
    expect(getTargetId(sibling)).toBe(getTargetId(a))
    expect(getTargetId(b)).not.toBe(getTargetId(a))
    expect(getTargetId(a)).not.toContain(a.apiKey)
  })

  test('doubles with each failure in a row up to its maximum, and begins anew after a success', () => {
    const getRestMs = (): number => {
      fail(a, { reason: 'overload' })
      const waitMs = rests.getWaitMs([a])
      time += waitMs
      return waitMs
    }
    expect([1, 2, 3, 4, 5, 6].map(getRestMs)).toEqual([5_000, 10_000, 20_000, 40_000, 60_000, 60_000])
    rests.begin(a)('works')
    expect(getRestMs()).toBe(5_000)
  })

  test('does not grow with failures of requests that were under way', () => {
    const ends = Array.from({ length: 50 }, () => rests.begin(a))
    for (const end of ends) end({ reason: 'rate' })
    expect(rests.getWaitMs([a])).toBe(5_000)
    expect(reported).toHaveLength(1)
  })

  test.each(['quota', 'key', 'region'] as const)(
    'for %s is long, whatever retry-after says, and ends by itself',
    (reason) => {
      fail(a, { reason, waitMs: 1_000 })
      expect(rests.getWaitMs([a])).toBe(900_000)
      time += 900_000
      expect(rests.pick([a])).toBe(a)
    },
  )

  test.each(Object.keys(restRules) as (keyof typeof restRules)[])(
    'for %s ends by itself however often it is renewed (R82)',
    (reason) => {
      for (let round = 0; round < 40; round++) {
        for (let failure = 0; failure < 3; failure++) fail(a, { reason })
        const waitMs = rests.getWaitMs([a])
        expect(waitMs).toBeGreaterThan(0)
        expect(waitMs).toBeLessThanOrEqual(14_400_000)
        time += waitMs
      }
      rests.begin(a)('works')
      expect(returned).toEqual(['a'])
      expect(rests.getWaitMs([a])).toBe(0)
    },
  )
})

describe('failures that count by their share', () => {
  test('make a target rest when half of its last requests have failed', () => {
    for (let round = 0; round < 20; round++) rests.begin(a)('works')
    for (let failure = 0; failure < 25 && rests.getWaitMs([a]) === 0; failure++) fail(a, { reason: 'outage' })
    expect(rests.getWaitMs([a])).toBe(5_000)
  })

  test('leave a target that seldom fails alone', () => {
    for (let round = 0; round < 300; round++) {
      for (let success = 0; success < 4; success++) rests.begin(a)('works')
      fail(a, { reason: 'outage' })
    }
    expect(reported).toEqual([])
  })

  test('are forgotten after ten minutes', () => {
    for (const wait of [0, 0, 600_001]) {
      time += wait
      fail(a, { reason: 'timeout' })
    }
    expect(reported).toEqual([])
  })
})

describe('the choice among targets', () => {
  test('sends one request to a target whose rest has ended, and the others elsewhere until its result is known', () => {
    fail(a, { reason: 'rate', waitMs: 1_000 })
    time += 1_000
    expect(rests.pick([a, b])).toBe(a)
    const end = rests.begin(a)
    expect(names(rests.pick([a, b]), rests.pick([a]))).toEqual(['b', 'a'])
    end('works')
    expect(rests.pick([a, b])).toBe(a)
    expect(returned).toEqual(['a'])
  })

  test('frees the place of a test that says nothing, and keeps the doubt', () => {
    fail(a, { reason: 'quota' })
    time += 900_000
    rests.begin(a)('unknown')
    const end = rests.begin(a)
    expect(rests.pick([a, b])).toBe(b)
    end('unknown')
    expect(rests.pick([a, b])).toBe(a)
    expect(returned).toEqual([])
  })

  test('does not end a rest for a success of a request that began before it', () => {
    const end = rests.begin(a)
    fail(a, { reason: 'rate', waitMs: 9_000 })
    end('works')
    expect(rests.getWaitMs([a])).toBe(9_000)
  })

  test('takes the one that is free soonest if all rest and no provider said when', () => {
    fail(a, { reason: 'overload' })
    time += 1_000
    fail(b, { reason: 'unreached' })
    expect(rests.pick([b, a])).toBe(a)
    rests.begin(a)
    expect(rests.pick([b, a])).toBe(b)
    rests.begin(b)
    expect(rests.pick([b, a])).toBeUndefined()
  })

  test('takes none if the providers said when, or if an operator must act', () => {
    fail(a, { reason: 'rate', waitMs: 7_000 })
    fail(b, { reason: 'quota' })
    fail(c, { reason: 'key' })
    expect(rests.pick([a, b, c])).toBeUndefined()
    expect(rests.getWaitMs([a, b, c])).toBe(7_000)
  })
})

describe('rests of other instances', () => {
  test('count like own ones, and the later deadline wins', () => {
    rests.learn([
      { id: getTargetId(a), reason: 'rate', until: time + 4_000 },
      { id: getTargetId(b), reason: 'rate', until: time - 1 },
    ])
    expect(rests.pick([a, b])).toBe(b)
    rests.learn([{ id: getTargetId(a), reason: 'rate', until: time + 2_000 }])
    expect(rests.getWaitMs([a])).toBe(4_000)
    expect(reported).toEqual([])
  })

  test('stay ended after a success here, until a later one is found', () => {
    const stored = { id: getTargetId(a), reason: 'rate', until: time + 40_000 } as const
    rests.learn([stored])
    rests.begin(a)('works')
    rests.learn([stored])
    expect(rests.pick([a, b])).toBe(a)
    rests.learn([{ ...stored, until: stored.until + 1 }])
    expect(rests.pick([a, b])).toBe(b)
  })

  test('stay ended after a success here if this instance found them', () => {
    fail(a, { reason: 'rate', waitMs: 40_000.4 })
    const stored = { id: getTargetId(a), reason: 'rate', until: time + 40_000 } as const
    rests.begin(a)('works')
    rests.learn([stored])
    expect(rests.pick([a, b])).toBe(a)
  })
})
