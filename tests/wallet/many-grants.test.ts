import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { flushWallets } from '../../shared/wallet/flush.ts'
import { grantPoints, revokePoints } from '../../shared/wallet/grants.ts'
import { auditWallet, viewWallet } from '../../shared/wallet/view-wallet.ts'
import { toGrantId, toWalletId, type WalletStore } from '../../shared/wallet/wallet-store.ts'
import { createWallets, type Wallets } from '../../shared/wallet/wallets.ts'
import { openWalletStore, type TestPlace, testPlaces, walletStoreKinds } from './wallet-stores.ts'

const start = Date.UTC(2026, 10, 28, 12)

describe.each(walletStoreKinds)('a wallet with many grants in a %s', (kind) => {
  let database: TestPlace
  let store: WalletStore
  let clock = start

  const open = (changed: Partial<WalletStore> = {}): Wallets =>
    createWallets({ store: { ...store, ...changed }, dailyPoints: 0, now: () => clock })
  const request = (user_id: string, key: string, points: number, expires_at: number | null = null) => ({
    ...{ user_id, key, points, expires_at },
    reason: 'test',
  })
  /** Gives and spends so many grants that the wallet forgets the first ones: 130, of which one call spends ten. */
  const spendMany = async (wallets: Wallets, user: string): Promise<void> => {
    for (let call = 0; call < 13; call++) {
      for (let index = 0; index < 10; index++)
        await grantPoints(wallets, request(user, `${user}-spent-${call}-${index}`, 1))
      const held = await wallets.reserve({ user, id: `${user}-call-${call}`, points: 10, maxMs: 1_000 })
      if (!('settle' in held)) throw new Error('The points are not there.')
      await held.settle(10)
    }
  }
  const spend = async (wallets: Wallets, user: string, points: number): Promise<void> => {
    const held = await wallets.reserve({ user, id: `${user}-first`, points, maxMs: 1_000 })
    if (!('settle' in held)) throw new Error('The points are not there.')
    await held.settle(points)
  }
  const flush = (wallets: Wallets) =>
    flushWallets({ wallets, findPoints: async () => 0, log: () => undefined, budgetMs: 60_000 })
  const view = (user: string) => viewWallet(open(), user, { before: undefined, limit: 10_000 })
  const countGrants = async (user: string, key: string): Promise<number> =>
    (await view(user)).entries.filter((entry) => entry.kind === 'grant' && entry.grant_id === key).length

  beforeAll(async () => {
    database = await testPlaces[kind]()
    store = openWalletStore(database.place)
  })

  afterAll(async () => {
    await store.end()
    await database.close()
  })

  test('counts one grant once if its function died before it had a result and 130 others were spent since (R91)', async () => {
    const user = 'forgetful'
    const order = request(user, 'order-died', 50)
    const dying = open({
      replace: (row) => (row.id === toGrantId('order-died') ? Promise.reject(new Error('killed')) : store.replace(row)),
    })
    await expect(grantPoints(dying, order)).rejects.toThrow('killed')
    const wallets = open()
    await spend(wallets, user, 50)
    await spendMany(wallets, user)
    clock += 60_000
    await flush(wallets)
    expect(await grantPoints(wallets, order)).toMatchObject({ granted: 50 })
    expect(await view(user)).toMatchObject({ balance: 0 })
    expect(await countGrants(user, 'order-died')).toBe(1)
    expect(await auditWallet(wallets, user)).toEqual([])
  }, 60_000)

  test('counts a grant once if an instance stood still while another gave it and 130 others were spent (R91)', async () => {
    const user = 'frozen'
    const order = request(user, 'order-frozen', 50)
    let goOn = (): void => undefined
    const isFrozen = new Promise<void>((resolve) => {
      goOn = resolve
    })
    let frozen = (): void => undefined
    const stoodStill = new Promise<void>((resolve) => {
      frozen = resolve
    })
    // It has read that the key has no result, and stands still before it reads the wallet.
    let reads = 0
    const slow = open({
      read: async (id) => {
        const isSecondRead = id === toWalletId(user) && ++reads > 2
        if (isSecondRead) {
          frozen()
          await isFrozen
        }
        return store.read(id)
      },
    })
    const late = grantPoints(slow, order)
    await stoodStill
    const wallets = open()
    const first = await grantPoints(wallets, order)
    await spend(wallets, user, 50)
    await spendMany(wallets, user)
    goOn()
    expect(await late).toEqual(first)
    expect(await view(user)).toMatchObject({ balance: 0 })
    expect(await countGrants(user, 'order-frozen')).toBe(1)
    expect(await auditWallet(wallets, user)).toEqual([])
  }, 60_000)

  test('answers the repeat of a revocation whose function died, although the wallet has forgotten its grant', async () => {
    const user = 'refunded'
    const wallets = open()
    await grantPoints(wallets, request(user, 'order-revoked', 50))
    await spend(wallets, user, 20)
    const dying = open({
      replace: (row) =>
        row.id === toGrantId('order-revoked') ? Promise.reject(new Error('killed')) : store.replace(row),
    })
    await expect(revokePoints(dying, 'order-revoked')).rejects.toThrow('killed')
    await spendMany(wallets, user)
    expect(await revokePoints(wallets, 'order-revoked')).toMatchObject({ revoked: 30, spent: 20 })
    expect(await auditWallet(wallets, user)).toEqual([])
  }, 60_000)

  test('forgets spent grants, so that it stays small', async () => {
    const wallets = open()
    await spendMany(wallets, 'small')
    const row = await store.read(toWalletId('small'))
    const { grants } = JSON.parse(row?.data ?? '{}') as { grants: unknown[] }
    expect(grants.length).toBeGreaterThanOrEqual(100)
    expect(grants.length).toBeLessThan(120)
  }, 60_000)

  test('takes 500 grants with points, refuses the next one in words, and takes it when one is spent', async () => {
    const user = 'full'
    const wallets = open()
    await wallets.change(user, (state) => {
      for (let index = 0; index < 499; index++)
        state.grants.push({
          ...{ id: `g-${index}`, points: 1, left: 1, expires_at: null, granted_at: clock, reason: 'visit' },
        })
    })
    const order = request(user, 'order-last', 5, clock + 1_000)
    const first = await grantPoints(wallets, order)
    const refusal = { status: 409, code: 'too_many_grants', message: expect.stringContaining('500 grants') }
    await expect(grantPoints(wallets, request(user, 'order-next', 5))).rejects.toMatchObject(refusal)
    expect(await store.read(toGrantId('order-next'))).toBeUndefined()
    expect(await grantPoints(wallets, order)).toEqual(first)
    clock += 2_000
    expect(await grantPoints(wallets, request(user, 'order-next', 5))).toMatchObject({ granted: 5 })
  })
})
