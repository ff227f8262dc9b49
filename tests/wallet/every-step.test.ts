import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { flushWallets } from '../../shared/wallet/flush.ts'
import { grantPoints, revokePoints } from '../../shared/wallet/grants.ts'
import { auditWallet, viewWallet } from '../../shared/wallet/view-wallet.ts'
import type { WalletStore } from '../../shared/wallet/wallet-store.ts'
import { createWallets, type Wallets } from '../../shared/wallet/wallets.ts'
import { dieAt } from './die-at.ts'
import { openWalletStore, type TestPlace, testPlaces, walletStoreKinds } from './wallet-stores.ts'

const start = Date.UTC(2026, 10, 28, 12)

describe.each(walletStoreKinds)('an instance that is killed at any write to a %s', (kind) => {
  let database: TestPlace
  let store: WalletStore
  let clock = start

  beforeAll(async () => {
    database = await testPlaces[kind]()
    store = openWalletStore(database.place)
  })

  afterAll(async () => {
    await store.end()
    await database.close()
  })

  const open = (changed: WalletStore): Wallets => createWallets({ store: changed, dailyPoints: 0, now: () => clock })

  /** Gives, calls, takes back: all that an instance does. Notes the points of a call's record when that is written. */
  const work = async (wallets: Wallets, user: string, records: Map<string, number>): Promise<'done'> => {
    const order = { user_id: user, points: 50, reason: 'test' }
    await grantPoints(wallets, { ...order, key: `${user}-short`, expires_at: clock + 1_000 })
    await grantPoints(wallets, { ...order, key: `${user}-long`, expires_at: null })
    for (const cost of [20, 45]) {
      const id = `${user}-call-${cost}`
      const hold = await wallets.reserve({ user, id, points: 30, maxMs: 1_000 })
      if (!('settle' in hold)) throw new Error('The points are not there.')
      records.set(id, cost)
      await hold.settle(cost)
    }
    await revokePoints(wallets, `${user}-long`)
    return 'done'
  }

  test('leaves a wallet that one flush makes right, whichever write it was (R92)', async () => {
    let deaths = 0
    for (const isAfter of [false, true])
      for (let step = 0, hasDied = true; hasDied; step++) {
        const user = `user-${isAfter}-${step}`
        const records = new Map<string, number>()
        const { store: dying, died } = dieAt(store, step, isAfter)
        hasDied = (await Promise.race([work(open(dying), user, records), died])) === 'died'
        if (hasDied) deaths += 1

        clock += 600_000
        const wallets = open(store)
        const findPoints = async (id: string) => records.get(id) ?? ('missing' as const)
        await flushWallets({ wallets, findPoints, log: () => undefined, budgetMs: 60_000 })

        const view = await viewWallet(wallets, user, { before: undefined, limit: 100 })
        const listOf = (kind: string) => view.entries.filter((entry) => entry.kind === kind)
        expect([user, await auditWallet(wallets, user), view.reserved]).toEqual([user, [], 0])
        const charges = listOf('charge').map(({ request_id, points, shortfall = 0 }) => [
          request_id,
          shortfall - points,
        ])
        expect([user, Object.fromEntries(charges)]).toEqual([user, Object.fromEntries(records)])
        expect(charges).toHaveLength(records.size)
        const given = listOf('grant').map(({ grant_id }) => grant_id)
        expect(new Set(given).size).toBe(given.length)
      }
    expect(deaths).toBeGreaterThan(15)
  }, 120_000)
})
