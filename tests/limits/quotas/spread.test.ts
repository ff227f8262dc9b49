import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { type Quota, quotaUnits } from '../../../shared/limits/quotas/quota.ts'
import type { QuotaShare } from '../../../shared/limits/quotas/quota-rows.ts'
import { createQuotas } from '../../../shared/limits/quotas/quotas.ts'
import { getShare, isSpread, spreadRows } from '../../../shared/limits/quotas/spread.ts'
import { viewQuotas } from '../../../shared/limits/quotas/view-quotas.ts'
import { rangeRows } from '../../../testing/stand-ins/range-rows.ts'

const defineQuota = (fields: Partial<Quota>): Quota => ({
  ...{ name: 'q', unit: 'requests', window: 'day', per: 'environment', limit: 1_000 },
  ...{ models: undefined, groups: undefined },
  ...fields,
})

const user = { id: 'ann', kind: 'user', groups: [] } as const

/** Creates instances over one store. */
const createInstances = (count: number) => {
  const store = rangeRows()
  const instances = Array.from({ length: count }, () => createQuotas({ store }))
  let calls = 0
  const ask = (instance: number, quotas: readonly Quota[], amounts: { requests?: number; tokens?: number } = {}) =>
    (instances[instance % count] as (typeof instances)[number]).take(quotas, {
      ...{ user, model: 'm', id: `call-${calls++}`, maxMs: 60_000 },
      amounts: { requests: 1, tokens: 0, points: 0, ...amounts },
    })
  const readUsed = async (quotas: readonly Quota[]) =>
    (await viewQuotas({ store }, quotas, { environment: [''], model: ['m'] })).map(({ used }) => used)
  return { ask, readUsed }
}

test('the shares of the rows are the limit together', () => {
  fc.assert(
    fc.property(fc.constantFrom(...quotaUnits), fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }), (unit, limit) => {
      const shares = Array.from({ length: spreadRows }, (_, row) => getShare({ unit, limit }, row))
      expect(shares.reduce((sum, share) => sum + share, 0)).toBe(limit)
    }),
  )
  expect(['environment', 'model', 'user', 'group'].filter((per) => isSpread(per as Quota['per']))).toHaveLength(2)
})

describe('a quota of all calls', () => {
  test.each([1, 33, 250, 290])('passes exactly %d requests of 300 at once from 8 instances (R202)', async (limit) => {
    const { ask, readUsed } = createInstances(8)
    const quotas = [defineQuota({ limit })]
    const results = await Promise.all(Array.from({ length: 300 }, (_, index) => ask(index, quotas)))
    expect(results.filter((result) => 'settle' in result)).toHaveLength(limit)
    expect(await readUsed(quotas)).toEqual([limit])
  })

  test('refuses a call of any size only if it has less left, and counts what it used (R202)', async () => {
    const { ask, readUsed } = createInstances(1)
    const quotas = [defineQuota({ unit: 'tokens', limit: 10_000_000 })]
    const big = (await ask(0, quotas, { tokens: 6_000_000 })) as QuotaShare
    expect(await readUsed(quotas)).toEqual([6_000_000])
    expect(await ask(0, quotas, { tokens: 4_001_000 })).toMatchObject({ quota: quotas[0], amount: 4_001_000 })
    const rest = (await ask(0, quotas, { tokens: 4_000_000 })) as QuotaShare
    await rest.settle({ tokens: 5_500_000, points: 0 })
    expect(await readUsed(quotas)).toEqual([11_500_000])
    await big.settle({ tokens: 1_234_000, points: 0 })
    await big.settle({ tokens: 1_234_000, points: 0 })
    expect(await readUsed(quotas)).toEqual([6_734_000])
    expect(await ask(0, quotas, { tokens: 100_000 })).toHaveProperty('settle')
  })

  test('never counts more than its limit, whatever calls of whatever size ask at once (R202)', async () => {
    const amounts = fc.array(fc.integer({ min: 0, max: 900_000 }), { minLength: 1, maxLength: 60 })
    await fc.assert(
      fc.asyncProperty(amounts, fc.integer({ min: 1, max: 40_000_000 }), async (tokens, limit) => {
        const { ask, readUsed } = createInstances(4)
        const quotas = [defineQuota({ unit: 'tokens', limit }), defineQuota({ name: 'requests', limit: 40 })]
        const results = await Promise.all(tokens.map((amount, index) => ask(index, quotas, { tokens: amount })))
        const passed = tokens.filter((_, index) => 'settle' in (results[index] ?? {}))
        const taken = passed.reduce((sum, amount) => sum + amount, 0)
        expect(await readUsed(quotas)).toEqual([taken, passed.length])
        expect(taken).toBeLessThanOrEqual(limit)
        expect(passed.length).toBeLessThanOrEqual(40)
      }),
      { numRuns: 40 },
    )
  }, 120_000)

  test('is changed in one row by an instance as long as that has room', async () => {
    const store = rangeRows()
    const changed = new Set<string>()
    const { take } = createQuotas({
      store: {
        ...store,
        replace: (row) => {
          changed.add(row.id)
          return store.replace(row)
        },
      },
    })
    const amounts = { requests: 1, tokens: 0, points: 0 }
    for (let call = 0; call < 30; call++)
      await take([defineQuota({})], { user, model: 'm', id: `${call}`, amounts, maxMs: 1 })
    expect(changed.size).toBe(1)
  })
})
