import { setImmediate } from 'node:timers/promises'
import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import type { RangeStore, StoredRow } from '../../../shared/drivers/change-row.ts'
import type { QuotaRefusal } from '../../../shared/limits/quotas/count.ts'
import { joinCounts } from '../../../shared/limits/quotas/join-counts.ts'
import type { Quota } from '../../../shared/limits/quotas/quota.ts'
import { toQuotaError } from '../../../shared/limits/quotas/quota-error.ts'
import type { QuotaShare } from '../../../shared/limits/quotas/quota-rows.ts'
import { createQuotas } from '../../../shared/limits/quotas/quotas.ts'
import { viewQuotas } from '../../../shared/limits/quotas/view-quotas.ts'
import { type WindowName, windows } from '../../../shared/limits/quotas/windows.ts'
import type { User } from '../../../shared/protocol/user.ts'
import { rangeRows } from '../../../testing/stand-ins/range-rows.ts'

const start = Date.parse('2026-11-29T20:00:00+08:00')
const ann: User = { id: 'ann', kind: 'user', groups: ['vip', 'beta'] }
const bob: User = { id: 'bob', kind: 'user', groups: ['vip'] }
const admin: User = { id: 'admin', kind: 'admin', groups: [] }

const defineQuota = (fields: Partial<Quota>): Quota => ({
  name: 'q',
  unit: 'requests',
  window: 'day',
  per: 'user',
  limit: 2,
  models: undefined,
  groups: undefined,
  ...fields,
})

/** Rows in memory that count the calls of the store. */
const createCountedRows = () => {
  const calls = { read: 0, replace: 0 }
  const { read, replace, findRange, ...rest } = rangeRows()
  const store: RangeStore = {
    ...rest,
    read: (id) => {
      calls.read += 1
      return read(id)
    },
    findRange: (range) => {
      calls.read += 1
      return findRange(range)
    },
    replace: (row) => {
      calls.replace += 1
      return replace(row)
    },
  }
  return { calls, store }
}

/** Resolves with the content of the user's row. */
const readRow = async (store: RangeStore): Promise<string> => (await store.read('quota:user:ann'))?.data ?? ''

/** Creates an instance whose clock can be moved. */
const createInstance = (store: RangeStore = rangeRows(), name = 'call') => {
  const clock = { now: start }
  const { take } = createQuotas({ store, now: () => clock.now })
  let calls = 0
  const ask = (
    quotas: readonly Quota[],
    { user = ann, model = 'm', requests = 1, tokens = 0, points = 0 } = {},
  ): Promise<QuotaShare | QuotaRefusal> => {
    calls += 1
    return take(quotas, {
      user,
      model,
      id: `${name}-${calls}`,
      amounts: { requests, tokens, points },
      maxMs: 60_000,
    })
  }
  const askFor = async (...given: Parameters<typeof ask>): Promise<string> => {
    const share = await ask(...given)
    return 'quota' in share ? share.quota.name : 'passes'
  }
  return { clock, ask, askFor }
}

describe('a quota', () => {
  test.each([
    ['minute', start + 61_000],
    ['5h', start + 5 * 3_600_000 + 300_000],
    ['day', Date.parse('2026-11-30T00:00:00+08:00')],
    ['week', Date.parse('2026-11-30T00:00:00+08:00')],
    ['month', Date.parse('2026-12-01T00:00:00+08:00')],
  ] as const)('of a %s refuses until the time that it states, and not after it', async (window, freeAt) => {
    const { clock, ask, askFor } = createInstance()
    const quotas = [defineQuota({ window })]
    expect([await askFor(quotas), await askFor(quotas)]).toEqual(['passes', 'passes'])
    const refusal = (await ask(quotas)) as QuotaRefusal
    expect(refusal.freeAt).toBe(freeAt)
    clock.now = freeAt - 1
    expect(await askFor(quotas)).toBe('q')
    clock.now = freeAt
    expect([await askFor(quotas), await askFor(quotas), await askFor(quotas)]).toEqual(['passes', 'passes', 'q'])
  })

  test('is never free again in total', async () => {
    const { clock, ask, askFor } = createInstance()
    const quotas = [defineQuota({ window: 'total', limit: 1 })]
    await askFor(quotas)
    clock.now += 1e12
    expect(await ask(quotas)).toMatchObject({ freeAt: undefined })
  })

  test('lets a longer call wait until enough of a rolling window has passed', async () => {
    const { clock, ask, askFor } = createInstance()
    const quotas = [defineQuota({ window: 'minute', limit: 3 })]
    await askFor(quotas, { requests: 2 })
    clock.now += 20_000
    await askFor(quotas)
    expect(await ask(quotas)).toMatchObject({ freeAt: start + 61_000 })
    expect(await ask(quotas, { requests: 3 })).toMatchObject({ freeAt: start + 81_000 })
  })

  test.each([
    [
      'user',
      [
        [ann, 'm'],
        [ann, 'n'],
        [bob, 'm'],
      ],
      ['passes', 'q', 'passes'],
    ],
    [
      'group',
      [
        [ann, 'm'],
        [bob, 'm'],
        [{ ...bob, groups: ['other'] }, 'm'],
      ],
      ['passes', 'q', 'passes'],
    ],
    [
      'group',
      [
        [{ ...ann, groups: [] }, 'm'],
        [{ ...ann, groups: [] }, 'm'],
      ],
      ['passes', 'passes'],
    ],
    [
      'model',
      [
        [ann, 'm'],
        [bob, 'm'],
        [bob, 'n'],
        [admin, 'n'],
      ],
      ['passes', 'q', 'passes', 'q'],
    ],
    [
      'environment',
      [
        [ann, 'm'],
        [bob, 'n'],
        [admin, 'm'],
      ],
      ['passes', 'q', 'q'],
    ],
    [
      'user',
      [
        [admin, 'm'],
        [admin, 'm'],
      ],
      ['passes', 'passes'],
    ],
  ] as [Quota['per'], [User, string][], string[]][])('per %s has a count for each', async (per, calls, expected) => {
    const { askFor } = createInstance()
    const results: string[] = []
    for (const [user, model] of calls) results.push(await askFor([defineQuota({ per, limit: 1 })], { user, model }))
    expect(results).toEqual(expected)
  })

  test('counts only calls of its models and of users in its groups', async () => {
    const { askFor } = createInstance()
    const quotas = [defineQuota({ limit: 1, models: ['m'], groups: ['beta'] })]
    expect([await askFor(quotas), await askFor(quotas)]).toEqual(['passes', 'q'])
    expect(await askFor(quotas, { model: 'n' })).toBe('passes')
    expect([await askFor(quotas, { user: bob }), await askFor(quotas, { user: bob })]).toEqual(['passes', 'passes'])
  })

  test('goes on when its limit changes, and begins again when its unit or window does', async () => {
    const { askFor } = createInstance()
    await askFor([defineQuota({ limit: 1 })])
    expect(await askFor([defineQuota({ limit: 2 })])).toBe('passes')
    expect(await askFor([defineQuota({ limit: 2 })])).toBe('q')
    expect(await askFor([defineQuota({ limit: 2, window: 'week' })])).toBe('passes')
  })

  test.each(['tokens', 'points'] as const)(
    'counts the most that a call may use, then what it used: %s',
    async (unit) => {
      const { clock, ask, askFor } = createInstance()
      const quotas = [defineQuota({ unit, limit: 100 })]
      const share = (await ask(quotas, { [unit]: 80 })) as QuotaShare
      expect(await askFor(quotas, { [unit]: 30 })).toBe('q')
      await share.settle({ tokens: 10, points: 10 })
      await share.settle({ tokens: 0, points: 0 })
      clock.now += 1_000
      expect(await askFor(quotas, { [unit]: 91 })).toBe('q')
      expect(await askFor(quotas, { [unit]: 90 })).toBe('passes')
      expect(await askFor(quotas, { [unit]: 0 })).toBe('passes')
    },
  )

  test('counts what a call used beyond its estimate', async () => {
    const { ask, askFor } = createInstance()
    const quotas = [defineQuota({ unit: 'tokens', limit: 100 })]
    const share = (await ask(quotas, { tokens: 10 })) as QuotaShare
    await share.settle({ tokens: 150, points: 0 })
    expect(await askFor(quotas, { tokens: 1 })).toBe('q')
  })

  test('counts a call in the window in which it began', async () => {
    const { clock, ask, askFor } = createInstance()
    const quotas = [defineQuota({ unit: 'tokens', limit: 100 })]
    const share = (await ask(quotas, { tokens: 100 })) as QuotaShare
    clock.now = Date.parse('2026-11-30T00:00:10+08:00')
    await share.settle({ tokens: 60, points: 0 })
    expect(await askFor(quotas, { tokens: 100 })).toBe('passes')
  })
})

describe('several quotas', () => {
  const quotas = [
    defineQuota({ name: 'all', per: 'environment', limit: 3 }),
    defineQuota({ name: 'each', limit: 2 }),
    defineQuota({ name: 'tokens', unit: 'tokens', per: 'model', limit: 1_000 }),
  ]

  test('refuse with the first that is full, and take nothing from the others', async () => {
    const store = rangeRows()
    const { askFor } = createInstance(store)
    const results: string[] = []
    for (const user of [ann, ann, ann, bob, bob]) results.push(await askFor(quotas, { user, tokens: 10 }))
    expect(results).toEqual(['passes', 'passes', 'each', 'passes', 'all'])
    const counted = await viewQuotas({ store, now: () => start }, quotas, { environment: [''], model: ['m'] })
    expect(counted).toEqual([
      { quota: 'all', subject: '', used: 3 },
      { quota: 'tokens', subject: 'm', used: 30 },
    ])
  })

  test('keep the id of a call only as long as it may be corrected', async () => {
    const store = rangeRows()
    const { clock, ask } = createInstance(store)
    const many = [defineQuota({ limit: 100 }), defineQuota({ name: 'all', per: 'environment', limit: 100 })]
    const tokens = defineQuota({ name: 'tokens', unit: 'tokens', limit: 100 })
    const getOpen = async (start: string) => {
      const rows = await store.findRange({ from: start, below: `${start}\uFFFF`, limit: 100 })
      return rows.flatMap(({ data }) => Object.keys(JSON.parse(data).open))
    }
    const getBoth = () => Promise.all(['quota:environment:', 'quota:user:ann'].map(getOpen))
    await ask([...many, tokens])
    expect(await getBoth()).toEqual([['call-1'], ['call-1']])
    clock.now += 5_000
    await ask([...many, tokens])
    expect(await getBoth()).toEqual([['call-2'], ['call-1', 'call-2']])
    clock.now += 120_000
    await ask([many[0] as Quota])
    expect(await getOpen('quota:user:ann')).toEqual([])
  })

  test('cost one change of the store a call once an instance knows the row, and none when a refusal is known', async () => {
    const { calls, store } = createCountedRows()
    const { askFor } = createInstance(store)
    const own = [defineQuota({ limit: 3 }), defineQuota({ name: 'week', window: 'week', limit: 100 })]
    await askFor(own)
    Object.assign(calls, { read: 0, replace: 0 })
    await askFor(own)
    await askFor(own)
    expect(calls).toEqual({ read: 0, replace: 2 })
    await askFor(own)
    Object.assign(calls, { read: 0, replace: 0 })
    expect(await askFor(own)).toBe('q')
    expect(calls).toEqual({ read: 0, replace: 0 })
  })
})

describe('two ids of one user', () => {
  const openid: User = { id: 'openid', kind: 'user', groups: [] }
  const join = (store: RangeStore) => joinCounts(store, { alias: 'openid', user_id: 'ann' })

  test('count together once they are joined, in all instances (R221)', async () => {
    const { store } = createCountedRows()
    const quotas = [defineQuota({ limit: 4 }), defineQuota({ name: 'tokens', unit: 'tokens', limit: 100 })]
    const [one, other] = [createInstance(store, 'one'), createInstance(store, 'other')]
    expect(await one.askFor(quotas, { user: openid })).toBe('passes')
    await join(store)
    await join(store)
    const share = await one.ask(quotas, { user: openid, tokens: 60 })
    expect(await other.askFor(quotas, { tokens: 60 })).toBe('tokens')
    await (share as QuotaShare).settle({ tokens: 10, points: 0 })
    expect(await other.askFor(quotas, { tokens: 50 })).toBe('passes')
    for (const user of [openid, ann]) expect(await other.askFor(quotas, { user })).toBe('passes')
    for (const user of [openid, ann, openid]) expect(await one.askFor(quotas, { user })).toBe('q')
    const [quota] = quotas as [Quota]
    expect(await viewQuotas({ store, now: () => start }, [quota], { user: ['openid', 'ann'] })).toEqual([
      { quota: 'q', subject: 'openid', used: 4 },
      { quota: 'q', subject: 'ann', used: 4 },
    ])
  })

  test('cost one read more, once an instance', async () => {
    const { calls, store } = createCountedRows()
    await join(store)
    const { askFor } = createInstance(store)
    const quotas = [defineQuota({ limit: 100 })]
    await askFor(quotas)
    Object.assign(calls, { read: 0, replace: 0 })
    await askFor(quotas, { user: openid })
    expect(calls).toEqual({ read: 1, replace: 1 })
    for (let call = 0; call < 3; call++) await askFor(quotas, { user: openid })
    expect(calls).toEqual({ read: 1, replace: 4 })
  })

  test('settle a call that began before the join', async () => {
    const { store } = createCountedRows()
    const { ask, askFor } = createInstance(store)
    const quotas = [defineQuota({ name: 'tokens', unit: 'tokens', limit: 100 })]
    const share = (await ask(quotas, { user: openid, tokens: 90 })) as QuotaShare
    await join(store)
    await share.settle({ tokens: 5, points: 0 })
    expect(await askFor(quotas, { user: openid, tokens: 100 })).toBe('passes')
  })
})

test('never lets more through than the limit in any window, and forgets what has left it', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom<WindowName>('minute', '5h', 'day'),
      fc.array(fc.record({ wait: fc.nat(30_000_000), requests: fc.integer({ min: 1, max: 4 }) }), { maxLength: 60 }),
      async (window, calls) => {
        const store = rangeRows()
        const { clock, askFor } = createInstance(store)
        const passed: { at: number; requests: number }[] = []
        for (const { wait, requests } of calls) {
          clock.now += window === 'minute' ? wait % 30_000 : wait % 7_200_000
          if ((await askFor([defineQuota({ window, limit: 5 })], { requests })) !== 'passes') continue
          passed.push({ at: clock.now, requests })
          const lengthMs = window === 'minute' ? 60_000 : 5 * 3_600_000
          const since = window === 'day' ? windows.day.getSlot(clock.now) : clock.now - lengthMs + 1
          const used = passed.filter(({ at }) => at >= since).reduce((sum, call) => sum + call.requests, 0)
          expect(used).toBeLessThanOrEqual(5)
        }
        expect((await readRow(store)).length).toBeLessThan(300)
      },
    ),
    { numRuns: 50 },
  )
})

test('counts and corrects a call once although replies of the store are lost (R96)', async () => {
  const store = rangeRows()
  let losses = 0
  const { ask } = createInstance({
    ...store,
    replace: async (row) => {
      const isReplaced = await store.replace(row)
      losses += 1
      if (losses % 2 === 1) throw new Error('lost')
      return isReplaced
    },
  })
  const quotas = [defineQuota({ unit: 'tokens', limit: 100 })]
  const share = (await ask(quotas, { tokens: 40 })) as QuotaShare
  await share.settle({ tokens: 30, points: 0 })
  const { counts, open } = JSON.parse(await readRow(store))
  expect(counts['q:tokens:day'][0][1]).toBe(30)
  expect(open).toEqual({})
})

test('gives back what a refused call has taken although the store was slow to refuse it (R96)', async () => {
  const store = rangeRows()
  const all = defineQuota({ name: 'all', per: 'group', groups: ['vip'], limit: 1 })
  const each = defineQuota({ name: 'each', limit: 9 })
  const other = createInstance(store, 'other')
  await other.ask([all, each])
  let isReadable = false
  let writes = 0
  const slow = createInstance({
    ...store,
    read: async (id) => {
      while (id === 'quota:group:vip' && !isReadable) await setImmediate()
      return store.read(id)
    },
    replace: async (row) => {
      const isReplaced = await store.replace(row)
      if (row.id === 'quota:user:ann') writes += 1
      if (writes === 2) throw new Error('lost')
      return isReplaced
    },
  })
  const refused = slow.ask([all, each])
  while (writes === 0) await setImmediate()
  // An hour later, another call makes the user's row forget the id of this one.
  for (const { clock } of [other, slow]) clock.now += 3_600_000
  await other.ask([each])
  isReadable = true
  expect(await refused).toMatchObject({ quota: { name: 'all' } })
  expect(writes).toBe(3)
  const { counts } = JSON.parse(await readRow(store))
  expect(counts['each:requests:day'].map(([, amount]: [number, number]) => amount)).toEqual([2])
})

test('leaves nothing counted if a write of a refused call takes effect after it was given up (R96)', async () => {
  const store = rangeRows()
  const quotas = [defineQuota({ unit: 'tokens', limit: 100 }), defineQuota({ name: 'all', per: 'group', limit: 9 })]
  await createInstance(store, 'other').ask(quotas)
  const late: StoredRow[] = []
  let isDown = true
  const { ask } = createInstance({
    ...store,
    read: async (id) => {
      if (id === 'quota:user:ann' && isDown && late.length > 0) throw new Error('lost')
      return store.read(id)
    },
    replace: async (row) => {
      if (row.id !== 'quota:user:ann' || !isDown) return store.replace(row)
      late.push(row)
      setTimeout(() => {
        isDown = false
      }, 2_000)
      throw new Error('slow')
    },
  })
  await expect(ask(quotas, { tokens: 40 })).rejects.toThrow('lost')
  for (const row of late) await store.replace(row)
  const { counts } = JSON.parse(await readRow(store))
  expect(counts['q:tokens:day'] ?? [[0, 0]]).toEqual([[expect.any(Number), 0]])
})

describe('the error of a full quota', () => {
  const now = start
  test('names the quota, says when it is free, and is not repeated by clients', () => {
    const quota = defineQuota({ name: 'daily-free', limit: 100 })
    const { status, code, message, options } = toQuotaError({ quota, amount: 1, freeAt: now + 14_400_000 }, now)
    expect({ status, code }).toEqual({ status: 429, code: 'quota_exceeded' })
    expect(options.headers).toEqual({ 'x-should-retry': 'false', 'x-quota': 'daily-free', 'retry-after': '14400' })
    expect(message).toBe(
      "The quota 'daily-free' allows 100 requests a day for each user. It is used up. Try again from 2026-11-30T00:00:00+08:00, in 14400 seconds.",
    )
  })

  test.each([
    [
      { unit: 'tokens', per: 'environment', window: 'month', limit: 500 } as const,
      900,
      "The quota 'q' allows 500 tokens a month for all users together. This call may use up to 900. Shorten the prompt, or lower 'max_tokens'.",
    ],
    [
      { unit: 'points', per: 'group', window: 'total', limit: 500 } as const,
      90,
      "The quota 'q' allows 500 points in total for each group. This call may use up to 90, and fewer are left. Ask the operator for more: this quota has no end. Shorten the prompt, or lower 'max_tokens'.",
    ],
  ])('has no retry-after if waiting does not help: %j', (fields, amount, expected) => {
    const { message, options } = toQuotaError({ quota: defineQuota(fields), amount, freeAt: undefined }, now)
    expect(options.headers).toEqual({ 'x-should-retry': 'false', 'x-quota': 'q' })
    expect(message).toBe(expected)
  })
})
