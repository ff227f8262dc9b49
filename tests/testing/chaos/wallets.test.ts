import { describe, expect, test } from '@jest/globals'
import { toOpenRow } from '../../../shared/usage/store/row.ts'
import { grantPoints } from '../../../shared/wallet/grants.ts'
import { createWallets } from '../../../shared/wallet/wallets.ts'
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

/** The short form of `npm run chaos -- --wallets`. */
describe.each(kinds)('runWalletChaos with a %s', (kind) => {
  test('finds every balance equal to its entries after one flush, with faults, kills and grants that expire (R92)', async () => {
    const store = await openStore(kind)
    try {
      const books = await runWalletChaos(store, { requests: 400, faults: 0.1, kills: 6, seed, wallets: 8 })
      expect(books.failures).toEqual(balanced)
      const { charges, 'expired grants': expired, 'revoked grants': revoked } = books.figures
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
    const opening = {
      ...{ userId: 'ann', model: 'm', upstreamModel: 'm', provider: 'p', endpoint: 'chat/completions', stream: false },
      ...{ clientRequestId: undefined, prices: undefined, promptTokens: () => 0 },
    }
    const toRow = (requestId: string, points: number) => ({
      ...toOpenRow({ ...opening, requestId }, { now: 1, maxMs: 1, written: true }),
      ...({ state: 'final', outcome: 'complete', points } as const),
    })
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
