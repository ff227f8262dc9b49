import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { toDay, toMidnight } from '../../shared/runtime/china-day.ts'
import { grant, grantDaily, reserve } from '../../shared/wallet/changes.ts'
import { type FindPoints, flushWallets } from '../../shared/wallet/flush.ts'
import { auditWallet, viewWallet } from '../../shared/wallet/view-wallet.ts'
import { createEmptyState, getDueAt, type WalletState } from '../../shared/wallet/wallet-state.ts'
import { toWalletId, type WalletRow, type WalletStore } from '../../shared/wallet/wallet-store.ts'
import { createWallets, type Wallets } from '../../shared/wallet/wallets.ts'
import { openWalletStore, type TestPlace, testPlaces, walletStoreKinds } from './wallet-stores.ts'

/** MariaDB shows the scale of a large app. The others have as many as need several pages. */
const counts = { mysql: 5_000, collection: 1_200, rdb: 1_200, file: 1_200 }
const noon = Date.UTC(2026, 10, 28, 4)
const midnight = toMidnight(noon)
const today = { day: toDay(noon), expiresAt: midnight, points: 20 }

const toRow = (user: string, change: (state: WalletState) => void): WalletRow => {
  const state = createEmptyState()
  change(state)
  return { id: toWalletId(user), version: 0, dueAt: getDueAt(state), data: JSON.stringify(state) }
}

/** A user who was given points for the day. */
const createVisitor = (_: unknown, index: number): WalletRow =>
  toRow(`visitor-${index}`, (state) => grantDaily(state, today, noon))

/** A user with a call that has not ended although it is due. */
const createCaller = (_: unknown, index: number): WalletRow =>
  toRow(`caller-${index}`, (state) => {
    grant(state, { id: `order-${index}`, points: 20, expires_at: null, reason: 'test', actor: 'admin' }, noon)
    reserve(state, { id: `call-${index}`, points: 5, dueAt: noon + 1 }, noon)
  })

const insertAll = async (store: WalletStore, rows: readonly WalletRow[]): Promise<void> => {
  for (let index = 0; index < rows.length; index += 250) await store.insert(rows.slice(index, index + 250))
}

describe.each(walletStoreKinds)('the flush of wallets in a %s', (kind) => {
  const count = counts[kind]
  let database: TestPlace
  let wallets: Wallets

  beforeAll(async () => {
    database = await testPlaces[kind]()
    wallets = createWallets({ store: openWalletStore(database.place), dailyPoints: 0, now: () => midnight })
  })

  afterAll(async () => {
    await wallets.store.end()
    await database.close()
  })

  const flush = (findPoints: FindPoints, budgetMs: number): Promise<number> =>
    flushWallets({ wallets, findPoints, log: () => undefined, budgetMs })
  const stillRuns: FindPoints = () => Promise.resolve('open')
  const countDue = async (): Promise<number> =>
    (await wallets.store.findDue({ time: midnight, skip: 0, limit: 900 })).length

  test(`ends the points of the day of ${count} wallets in one run, behind 450 calls that have no final record yet (R92)`, async () => {
    await insertAll(wallets.store, [
      ...Array.from({ length: 450 }, createCaller),
      ...Array.from({ length: count }, createVisitor),
    ])
    expect(await flush(stillRuns, 0)).toBe(0)
    expect(await flush(stillRuns, 300_000)).toBe(count)
    expect(await countDue()).toBe(450)
    const view = await viewWallet(wallets, `visitor-${count - 1}`, { before: undefined, limit: 10 })
    expect(view.entries.map(({ kind, points }) => [kind, points])).toEqual([
      ['expire', -20],
      ['grant', 20],
    ])
    expect(await auditWallet(wallets, `visitor-${count - 1}`)).toEqual([])

    expect(await flush(() => Promise.resolve(3), 300_000)).toBe(450)
    expect(await countDue()).toBe(0)
    expect(await viewWallet(wallets, 'caller-449', { before: undefined, limit: 10 })).toMatchObject({
      balance: 17,
      reserved: 0,
    })
  }, 360_000)

  test('begins no row when its time is up, and the next run goes on there', async () => {
    await insertAll(
      wallets.store,
      Array.from({ length: 400 }, (_, index) => ({ ...createVisitor(_, index), id: toWalletId(`late-${index}`) })),
    )
    let time = 0
    const replace: WalletStore['replace'] = (row) => {
      time += 1
      return wallets.store.replace(row)
    }
    const slow = createWallets({ store: { ...wallets.store, replace }, dailyPoints: 0, now: () => midnight })
    const options = { wallets: slow, findPoints: stillRuns, log: () => undefined, clock: () => time }
    // Eight rows are brought to an end at once, so seven may be under way when the time is up.
    const first = await flushWallets({ ...options, budgetMs: 100 })
    expect([first >= 100, first <= 107]).toEqual([true, true])
    expect(await flushWallets({ ...options, budgetMs: 1_000 })).toBe(400 - first)
    expect(await countDue()).toBe(0)
  }, 120_000)
})
