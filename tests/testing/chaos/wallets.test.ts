import { describe, expect, test } from '@jest/globals'
import { memoryRows } from '../../../shared/drivers/memory-rows.ts'
import type { Quota } from '../../../shared/limits/quotas/quota.ts'
import { createQuotas } from '../../../shared/limits/quotas/quotas.ts'
import { toOpenRow, type UsageRow } from '../../../shared/usage/store/row.ts'
import { grantPoints } from '../../../shared/wallet/grants.ts'
import { createWallets } from '../../../shared/wallet/wallets.ts'
import { type QuotaBooks, reconcileQuotas, type UserCall } from '../../../testing/chaos/wallets/reconcile-quotas.ts'
import { reconcileWallets, type WalletBooks } from '../../../testing/chaos/wallets/reconcile-wallets.ts'
import { runWalletChaos } from '../../../testing/chaos/wallets/run-wallet-chaos.ts'
import { rdbUnderTest } from '../../../testing/rig/rdb-under-test.ts'
import { collectionUnderTest, mysqlUnderTest, type StoreUnderTest } from '../../../testing/rig/store-under-test.ts'
import { providePostgres } from '../../../testing/servers/postgres.ts'
import { hasDatabase, testDatabase } from '../../../testing/servers/test-database.ts'

const seed = 20_261
const postgres = providePostgres()

const stores: Readonly<Record<string, (() => Promise<StoreUnderTest>) | false>> = {
  collection: () => collectionUnderTest(seed),
  mysql: hasDatabase && (async () => mysqlUnderTest((await testDatabase()).dsn, seed)),
  rdb: postgres !== undefined && (() => rdbUnderTest(postgres, seed)),
}

const kinds = Object.keys(stores).filter((kind) => stores[kind])

const openStore = (kind: string): Promise<StoreUnderTest> => {
  const open = stores[kind]
  if (!open) throw new Error(`There is no ${kind}.`)
  return open()
}

const balanced: WalletBooks['failures'] = {
  drift: 0,
  held: 0,
  negative: 0,
  lostGrants: 0,
  wrongGrants: 0,
  doubled: 0,
  unrecorded: 0,
  uncharged: 0,
  wrongCharges: 0,
}

const withinQuotas: QuotaBooks['failures'] = { passed: 0, undercounted: 0, overcounted: 0, endless: 0 }

const toFinalRow = (requestId: string): UsageRow => {
  const opening = {
    ...{ userId: 'ann', model: 'm', upstreamModel: 'm', provider: 'p', endpoint: 'chat/completions', stream: false },
    ...{ clientRequestId: requestId, prices: undefined, promptTokens: () => 0 },
  }
  const row = toOpenRow({ ...opening, requestId }, { now: 1, maxMs: 1, written: true })
  return { ...row, state: 'final', outcome: 'complete' }
}

/** The short form of `npm run chaos -- --wallets`. */
describe.each(kinds)('runWalletChaos with a %s', (kind) => {
  test('finds every balance equal to its entries after one flush and every quota kept, with faults, kills and grants that expire (R92) (R96)', async () => {
    const store = await openStore(kind)
    try {
      const books = await runWalletChaos(store, { requests: 400, faults: 0.1, kills: 6, seed, wallets: 8 })
      expect(books.failures).toEqual({ ...balanced, ...withinQuotas })
      const { charges, 'expired grants': expired, 'revoked grants': revoked } = books.figures
      const { 'calls refused by a quota': refused, 'quotas that were full at the end': full } = books.figures
      expect([refused > 5, full > 0]).toEqual([true, true])
      expect([charges > 40, expired > 5, revoked > 0]).toEqual([true, true, true])
    } finally {
      await store.close()
    }
  }, 240_000)
})

test('reconcileWallets names what is wrong', async () => {
  const store = await openStore('collection')
  const walletStore = store.openWallets()
  const wallets = createWallets({ store: walletStore, dailyPoints: 0 })
  const order = { points: 100, reason: 'test', expires_at: null }
  try {
    for (const user_id of ['ann', 'bob']) await grantPoints(wallets, { ...order, user_id, key: `order-${user_id}` })
    for (const id of ['held', 'charged', 'unknown']) {
      const hold = await wallets.reserve({ user: 'ann', id, points: 10, maxMs: 1_000 })
      if ('settle' in hold && id !== 'held') await hold.settle(7)
    }
    await wallets.change('bob', (state) => {
      const [first] = state.grants
      if (first) first.left -= 150
    })
    const toRow = (requestId: string, points: number) => ({ ...toFinalRow(requestId), points })
    const toGrant = (user: string, key: string, points: number) => ({ user, key, points, isAcknowledged: true })
    const books = await reconcileWallets({
      wallets,
      users: ['ann', 'bob'],
      grants: [toGrant('ann', 'order-ann', 100), toGrant('bob', 'order-bob', 90), toGrant('bob', 'order-lost', 5)],
      rows: [toRow('charged', 8), toRow('free', 4)],
    })
    expect(books.failures).toEqual({
      ...balanced,
      ...{ drift: 2, held: 1, negative: 1, lostGrants: 1, wrongGrants: 1 },
      ...{ unrecorded: 1, uncharged: 1, wrongCharges: 1 },
    })
  } finally {
    await walletStore.end()
    await store.close()
  }
})

describe('reconcileQuotas', () => {
  const quotas: Quota[] = (['requests', 'tokens'] as const).map((unit) => ({
    ...{ name: unit, unit, window: '5h', per: 'user', models: undefined, groups: undefined },
    limit: { requests: 2, tokens: 10_000 }[unit],
  }))

  const toTruth = (tokens: number) => ({ answered: true, usage: { prompt_tokens: tokens, completion_tokens: 0 } })

  /** Counts calls with the bound and the use of their tokens; one without use is cut off. Compares them with what clients saw. */
  const compare = async (
    counted: readonly (number | undefined)[],
    calls: readonly [ended: boolean, recorded: number, stated?: number][],
  ) => {
    const store = { ...memoryRows(), findRange: () => Promise.resolve([]) }
    const open = quotas.map((quota) => ({ ...quota, limit: 1_000_000 }))
    for (const [index, tokens] of counted.entries()) {
      const call = {
        user: { id: 'ann', kind: 'user', groups: [] } as never,
        model: 'm',
        id: `n-${index}`,
        maxMs: 1_000,
      }
      const share = await createQuotas({ store }).take(open, {
        ...call,
        amounts: { requests: 1, tokens: 4_100, points: 0 },
      })
      if (tokens !== undefined && 'settle' in share) await share.settle({ tokens, points: 0 })
    }
    const seen = { user: 'ann', stream: false, status: 200, content: true, complete: true }
    const { failures } = await reconcileQuotas({
      ...{ store, quotas, users: ['ann'], unsettled: new Set<string>() },
      calls: calls.map(([ended], number): UserCall => ({ ...seen, number, id: `n-${number}`, ended })),
      reached: new Map(calls.map(([, recorded, stated = recorded], number) => [number, toTruth(stated)])),
      rows: calls.map(([, total_tokens], number) => ({ ...toFinalRow(`n-${number}`), total_tokens })),
    })
    return failures
  }

  test('finds counts of ended calls equal to their records, and those of cut-off calls at most their bounds', async () => {
    expect(
      await compare(
        [50, 5_000],
        [
          [true, 50],
          [true, 5_000],
        ],
      ),
    ).toEqual(withinQuotas)
    expect(
      await compare(
        [50, undefined],
        [
          [true, 50],
          [false, 60],
        ],
      ),
    ).toEqual(withinQuotas)
  })

  test('lets a cut-off call count what its provider stated, beyond its bound', async () => {
    expect(await compare([5_000], [[false, 0, 5_000]])).toEqual(withinQuotas)
    expect(await compare([5_001], [[false, 0, 5_000]])).toEqual({ ...withinQuotas, overcounted: 1 })
  })

  test('names a quota that let too much pass', async () => {
    const calls: [boolean, number][] = [
      [true, 4_000],
      [true, 4_000],
      [true, 4_000],
    ]
    expect(await compare([4_000, 4_000, 4_000], calls)).toEqual({ ...withinQuotas, passed: 2 })
  })

  test('names a call that is not counted, or by too little', async () => {
    expect(
      await compare(
        [50],
        [
          [true, 50],
          [true, 9],
        ],
      ),
    ).toEqual({ ...withinQuotas, undercounted: 2 })
    expect(await compare([50], [[true, 51]])).toEqual({ ...withinQuotas, undercounted: 1 })
  })

  test('names what an ended call has not given back', async () => {
    expect(await compare([undefined], [[true, 50]])).toEqual({ ...withinQuotas, overcounted: 1 })
    expect(await compare([50, 50], [[true, 50]])).toEqual({ ...withinQuotas, overcounted: 2 })
  })
})
