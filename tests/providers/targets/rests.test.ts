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
/** When each reported rest's failure began. */
let begun: number[]
let returned: string[]

beforeEach(() => {
  time = 1_000_000
  reported = []
  begun = []
  returned = []
  rests = new Rests({
    now: () => time,
    onRest: (_, rest, since) => {
      reported.push(rest)
      begun.push(since)
    },
    onReturn: ({ name }) => returned.push(name),
  })
})

const fail = (target: Target, failure: TargetFailure): void => rests.begin(target)(failure)
const names = (...targets: (Target | undefined)[]) => targets.map((target) => target?.name)

describe('a rest', () => {
  test('is reported each second while a target that is called all the same goes on to fail, and when its reason changes', () => {
    for (let call = 0; call < 50; call++) {
      fail(a, { reason: 'overload' })
      time += 100
    }
    expect(reported).toHaveLength(5)
    fail(a, { reason: 'key' })
    fail(a, { reason: 'quota' })
    fail(a, { reason: 'quota' })
    expect(reported.slice(5).map(({ reason }) => reason)).toEqual(['key'])
    time += 1
    fail(a, { reason: 'quota' })
    expect(reported.at(-1)?.reason).toBe('quota')
  })

  test('is reported with the time of the first failure since a success, unless nothing tried the target for minutes', () => {
    const startedAt = time
    const failAfter = (ms: number): void => {
      time += ms
      fail(a, { reason: 'overload', waitMs: 60_000 })
    }
    failAfter(0)
    failAfter(60_000)
    failAfter(100_000)
    expect(begun).toEqual([startedAt, startedAt, startedAt])
    failAfter(200_000)
    expect(begun.at(-1)).toBe(time)
    time += 60_000
    rests.begin(a)('works')
    failAfter(1)
    expect(begun.at(-1)).toBe(time)
    rests.learn([{ id: getTargetId(b), reason: 'outage', isTold: false, until: time + 5_000 }])
    const learnedAt = time
    time += 5_000
    fail(b, { reason: 'overload' })
    expect(begun.at(-1)).toBe(learnedAt)
  })

  test('begins a failure if another instance found it minutes after the last one', () => {
    fail(a, { reason: 'overload' })
    time += 3_600_000
    rests.learn([{ id: getTargetId(a), reason: 'outage', isTold: false, until: time + 5_000 }])
    const learnedAt = time
    time += 5_000
    fail(a, { reason: 'overload' })
    expect(begun.at(-1)).toBe(learnedAt)
  })

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
    'is long, whatever retry-after says, and ends by itself: %s',
    (reason) => {
      fail(a, { reason, waitMs: 1_000 })
      expect(rests.getWaitMs([a])).toBe(900_000)
      time += 900_000
      expect(rests.pick([a])).toBe(a)
    },
  )

  test.each(Object.keys(restRules) as (keyof typeof restRules)[])(
    'ends by itself however often it is renewed: %s (R82)',
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

  test('takes none before its time: that is for the turn of its model', () => {
    fail(a, { reason: 'overload' })
    expect(rests.pick([a])).toBeUndefined()
  })
})

describe('an early try, while all targets of a model rest,', () => {
  const takeEarly = (...targets: Target[]) => rests.takeEarly('chat', targets)

  test('is of the one that is free soonest', () => {
    fail(a, { reason: 'overload' })
    time += 1_000
    fail(b, { reason: 'unreached' })
    expect(takeEarly(b, a)).toBe(a)
  })

  test.each([
    ['overload', 5_000],
    ['quota', 60_000],
    ['key', 60_000],
    ['region', 60_000],
  ] as const)('is made by one request at a time, and after a failure for %s again in %i ms', (reason, everyMs) => {
    fail(a, { reason })
    fail(b, { reason })
    expect(names(...Array.from({ length: 5 }, () => takeEarly(a, b)))).toEqual(['a', ...Array(4).fill(undefined)])
    const end = rests.begin(a)
    time += everyMs - 1
    expect(takeEarly(a, b)).toBeUndefined()
    end({ reason })
    time += 1
    expect(rests.getWaitMs([a])).toBeGreaterThan(0)
    expect(takeEarly(a, b)).toBeDefined()
  })

  test('is not made beside another that has not ended', () => {
    fail(a, { reason: 'overload' })
    fail(b, { reason: 'quota' })
    rests.begin(a)
    time += 100_000
    expect(takeEarly(a, b)).toBeUndefined()
  })

  test('leaves the other models their turn', () => {
    fail(a, { reason: 'overload' })
    fail(b, { reason: 'overload' })
    expect(rests.takeEarly('one', [a])).toBe(a)
    expect(rests.takeEarly('two', [b])).toBe(b)
  })

  test('is not made of targets whose providers said when, not even if another instance found the rest', () => {
    fail(a, { reason: 'rate', waitMs: 7_000 })
    rests.learn([{ id: getTargetId(b), reason: 'rate', isTold: true, until: time + 9_000 }])
    expect(takeEarly(a, b)).toBeUndefined()
    expect(rests.getWaitMs([a, b])).toBe(7_000)
    fail(c, { reason: 'key' })
    expect(takeEarly(a, b, c)).toBe(c)
  })

  test('ends the rest if it succeeds', () => {
    fail(a, { reason: 'quota' })
    rests.begin(a)('works')
    expect(rests.pick([a])).toBe(a)
    expect(returned).toEqual(['a'])
  })
})

describe('rests of other instances', () => {
  test('count like own ones, and the later deadline wins', () => {
    rests.learn([
      { id: getTargetId(a), reason: 'rate', isTold: false, until: time + 4_000 },
      { id: getTargetId(b), reason: 'rate', isTold: false, until: time - 1 },
    ])
    expect(rests.pick([a, b])).toBe(b)
    rests.learn([{ id: getTargetId(a), reason: 'rate', isTold: false, until: time + 2_000 }])
    expect(rests.getWaitMs([a])).toBe(4_000)
    expect(reported).toEqual([])
  })

  test('end when no instance holds them any more; own ones stay', () => {
    fail(b, { reason: 'rate', waitMs: 40_000 })
    rests.learn([{ id: getTargetId(a), reason: 'quota', isTold: false, until: time + 40_000 }])
    rests.learn([])
    expect(rests.getWaitMs([a])).toBe(0)
    expect(rests.getWaitMs([b])).toBe(40_000)
  })
})
