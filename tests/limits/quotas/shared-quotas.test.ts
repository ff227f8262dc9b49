import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import type { QuotaState } from '../../../shared/limits/quotas/count.ts'
import type { Quota } from '../../../shared/limits/quotas/quota.ts'
import { createQuotas } from '../../../shared/limits/quotas/quotas.ts'
import { viewQuotas } from '../../../shared/limits/quotas/view-quotas.ts'
import { providePostgres } from '../../../testing/servers/postgres.ts'
import { getScriptArguments } from '../../../testing/servers/script-arguments.ts'
import { hasDatabase } from '../../../testing/servers/test-database.ts'
import { openWalletStore, type TestPlace, testPlaces } from '../../wallet/wallet-stores.ts'

const run = promisify(execFile)

const isThere = { mysql: hasDatabase, collection: true, rdb: providePostgres() !== undefined }
const kinds = (['mysql', 'collection', 'rdb'] as const).filter((kind) => isThere[kind])

const defineQuota = (fields: Partial<Quota>): Quota => ({
  name: 'q',
  unit: 'requests',
  window: 'total',
  per: 'user',
  limit: 1_000_000,
  models: undefined,
  groups: undefined,
  ...fields,
})

describe.each(kinds)('quotas in %s', (kind) => {
  let database: TestPlace

  beforeAll(async () => {
    database = await testPlaces[kind]()
  }, 60_000)
  afterAll(() => database.close())

  /** Makes 50 calls at once, as one instance: in a process of its own, unless the stand-in serves this process only. */
  const askOften = async (name: string, quotas: readonly Quota[]): Promise<number> => {
    if (kind !== 'rdb') {
      const order = JSON.stringify({ place: database.place, name, calls: 50, quotas })
      const args = [...getScriptArguments('tests/limits/take-process.ts'), order]
      return Number((await run(process.execPath, args)).stdout)
    }
    const { take } = createQuotas({ store: openWalletStore(database.place) })
    const user = { id: 'crowd', kind: 'user', groups: [] } as const
    const asked = { user, model: 'm', amounts: { requests: 1, tokens: 10, points: 0 }, maxMs: 60_000 }
    const calls = Array.from({ length: 50 }, (_, index) => take(quotas, { ...asked, id: `${name}-${index}` }))
    return (await Promise.all(calls)).filter((result) => 'settle' in result).length
  }

  const askFromFour = async (quotas: readonly Quota[]): Promise<number> => {
    const passed = await Promise.all(['a', 'b', 'c', 'd'].map((name) => askOften(name + quotas[0]?.name, quotas)))
    return passed.reduce((sum, count) => sum + count, 0)
  }

  const readCounts = async (row: string): Promise<QuotaState['counts']> => {
    const store = openWalletStore(database.place)
    const { data } = (await store.read(row)) ?? { data: '{}' }
    await store.end()
    return (JSON.parse(data) as QuotaState).counts
  }

  test('pass exactly the limit of 4 × 50 parallel calls, by requests and by tokens (R96)', async () => {
    const requests = defineQuota({ name: 'requests', limit: 83 })
    const tokens = defineQuota({ name: 'tokens', unit: 'tokens' })
    expect(await askFromFour([requests, tokens])).toBe(83)
    expect(await askFromFour([defineQuota({ name: 'few', unit: 'tokens', limit: 619 })])).toBe(61)
    expect(await readCounts('quota:user:crowd')).toEqual({
      'requests:requests:total': [[0, 83]],
      'tokens:tokens:total': [[0, 830]],
      'few:tokens:total': [[0, 610]],
    })
  }, 120_000)

  test('pass no limit together, those of a user and of all users, and a refused call leaves nothing behind (R96)', async () => {
    const all = defineQuota({ name: 'all', per: 'environment', limit: 37 })
    const each = defineQuota({ name: 'each', limit: 200 })
    const passed = await askFromFour([all, each])
    expect(passed).toBe(37)
    const store = openWalletStore(database.place)
    expect(await viewQuotas({ store }, [all], { environment: [''] })).toEqual([{ quota: 'all', subject: '', used: 37 }])
    await store.end()
    expect((await readCounts('quota:user:crowd'))['each:requests:total']).toEqual([[0, 37]])
  }, 120_000)
})
