import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { flushWallets } from '../../shared/wallet/flush.ts'
import { grantPoints, revokePoints } from '../../shared/wallet/grants.ts'
import { joinWallets } from '../../shared/wallet/join-wallets.ts'
import { auditWallet, viewWallet } from '../../shared/wallet/view-wallet.ts'
import { toWalletId, type WalletStore } from '../../shared/wallet/wallet-store.ts'
import { createWallets, type PointsHold, type Wallets } from '../../shared/wallet/wallets.ts'
import { dieAt } from './die-at.ts'
import { openWalletStore, repeat, type TestPlace, testPlaces, walletStoreKinds } from './wallet-stores.ts'

const now = Date.UTC(2026, 10, 28, 12)

describe.each(walletStoreKinds)('wallets of one user in a %s', (kind) => {
  let database: TestPlace
  const stores: WalletStore[] = []

  beforeAll(async () => {
    database = await testPlaces[kind]()
  })

  afterAll(async () => {
    for (const store of stores) await store.end()
    await database.close()
  })

  const openStore = (): WalletStore => {
    const store = openWalletStore(database.place)
    stores.push(store)
    return store
  }
  const open = (store = openStore(), dailyPoints = 0): Wallets => createWallets({ store, dailyPoints, now: () => now })
  const give = (wallets: Wallets, user_id: string, key: string, points: number) =>
    repeat(() => grantPoints(wallets, { user_id, key, points, reason: 'test', expires_at: null }))
  const hold = async (wallets: Wallets, user: string, id: string, points: number): Promise<PointsHold> => {
    const held = await wallets.reserve({ user, id, points, maxMs: 1_000 })
    if ('settle' in held) return held
    throw new Error(`there are ${held.available} points`)
  }
  const read = (wallets: Wallets, user: string) => viewWallet(wallets, user, { before: undefined, limit: 100 })
  const audit = async (wallets: Wallets, ...users: string[]) =>
    (await Promise.all(users.map((user) => auditWallet(wallets, user)))).flat()

  test('become one: either id has the points of both, and each balance is the sum of its entries (R220)', async () => {
    const [one, other] = [open(), open()]
    await give(one, 'wx:app:ann', 'ann-1', 100)
    await give(one, 'ann', 'ann-2', 50)
    await (await hold(one, 'wx:app:ann', 'ann-call-1', 30)).settle(30)
    expect(await joinWallets(one, { alias: 'wx:app:ann', user_id: 'ann' })).toEqual({ user_id: 'ann', balance: 120 })
    for (const wallets of [one, other]) {
      const [byAlias, byUser] = [await read(wallets, 'wx:app:ann'), await read(wallets, 'ann')]
      expect(byAlias).toEqual(byUser)
      expect([byUser.balance, byUser.available]).toEqual([120, 120])
      expect(byUser.entries[0]).toMatchObject({ kind: 'move', points: 70, balance: 120, user_id: 'wx:app:ann' })
    }
    expect(await (await hold(other, 'wx:app:ann', 'ann-call-2', 110)).settle(90)).toEqual({ charged: 90, balance: 30 })
    expect(await give(one, 'wx:app:ann', 'ann-3', 5)).toEqual({ granted: 5, balance: 35 })
    expect(await joinWallets(other, { alias: 'wx:app:ann', user_id: 'ann' })).toEqual({ user_id: 'ann', balance: 35 })
    expect(await audit(one, 'ann', 'wx:app:ann')).toEqual([])
  }, 60_000)

  test('keep the keys of grants: a repeat gets its first result, and a revocation finds what is left (R220)', async () => {
    const wallets = open()
    await give(wallets, 'wx:app:bob', 'bob-1', 100)
    await joinWallets(wallets, { alias: 'wx:app:bob', user_id: 'bob' })
    expect(await give(wallets, 'wx:app:bob', 'bob-1', 100)).toEqual({ granted: 100, balance: 100 })
    await (await hold(wallets, 'bob', 'bob-call', 40)).settle(40)
    expect(await revokePoints(wallets, 'bob-1')).toEqual({ revoked: 60, spent: 40, balance: 0 })
    expect(await audit(wallets, 'bob', 'wx:app:bob')).toEqual([])
  }, 60_000)

  test('settle a call that began before the join, and give its rest back to the grant that it was from (R220)', async () => {
    const [one, other] = [open(), open()]
    await give(one, 'wx:app:cat', 'cat-1', 100)
    const running = await hold(one, 'wx:app:cat', 'cat-call', 80)
    await joinWallets(other, { alias: 'wx:app:cat', user_id: 'cat' })
    expect(await read(other, 'cat')).toMatchObject({ balance: 100, reserved: 80 })
    expect(await running.settle(30)).toEqual({ charged: 30, balance: 70 })
    expect((await read(other, 'cat')).grants).toMatchObject([{ id: 'cat-1', points: 100, left: 70 }])
    expect(await audit(one, 'cat', 'wx:app:cat')).toEqual([])
  }, 60_000)

  test('admit exactly as many parallel calls of both ids as both have points for, while they become one (R220)', async () => {
    const instances = [open(), open(), open()]
    const [first] = instances as [Wallets, ...Wallets[]]
    await give(first, 'wx:app:dan', 'dan-1', 155)
    await give(first, 'dan', 'dan-2', 150)
    const call = async (index: number): Promise<number> => {
      const wallets = instances[index % 3] as Wallets
      const user = index % 2 ? 'dan' : 'wx:app:dan'
      const held = await repeat(() => wallets.reserve({ user, id: `dan-${index}`, points: 10, maxMs: 1_000 }))
      if ('settle' in held) return (await repeat(() => held.settle(10)))?.charged ?? Number.NaN
      return 0
    }
    const joins = [1, 2].map((index) =>
      repeat(() => joinWallets(instances[index] as Wallets, { alias: 'wx:app:dan', user_id: 'dan' })),
    )
    const charges = await Promise.all([...Array.from({ length: 60 }, (_, index) => call(index)), ...joins])
    const charged = charges.reduce<number>((sum, each) => sum + (typeof each === 'number' ? each : 0), 0)
    const rest = await Promise.all(Array.from({ length: 40 }, (_, index) => call(100 + index)))
    const all = charged + rest.reduce((sum, each) => sum + each, 0)
    expect([all, (await read(first, 'dan')).available]).toEqual([300, 5])
    expect(await audit(first, 'dan', 'wx:app:dan')).toEqual([])
  }, 120_000)

  /** Joins two wallets by an instance that is killed at a write of the join. Resolves with whether it was. */
  const joinAndDie = async (
    store: WalletStore,
    user: string,
    { step, isAfter }: { step: number; isAfter: boolean },
  ) => {
    const { store: dying, died } = dieAt(store, step, isAfter)
    const join = joinWallets(open(dying), { alias: `wx:app:${user}`, user_id: user }).then(() => 'joined')
    return (await Promise.race([join, died])) === 'died'
  }

  const healByFlush = async (store: WalletStore, user: string): Promise<void> => {
    const findPoints = () => Promise.resolve('open' as const)
    await flushWallets({ wallets: open(store), findPoints, log: () => undefined, budgetMs: 60_000 })
    const row = await store.read(toWalletId(`wx:app:${user}`))
    expect(JSON.parse(row?.data ?? '{}').moved?.content).toBeUndefined()
  }

  test.each([
    ['a flush', healByFlush],
    ['the next call', () => Promise.resolve()],
  ])(
    'are made right by %s if the instance is killed at any write of the join (R220)',
    async (healer, heal) => {
      const store = openStore()
      let deaths = 0
      for (const isAfter of [false, true])
        for (let step = 0, hasDied = true; hasDied; step++) {
          const user = `eve-${healer.replaceAll(' ', '-')}-${isAfter}-${step}`
          const alias = `wx:app:${user}`
          const wallets = open(store)
          await give(wallets, alias, `${user}-1`, 100)
          await give(wallets, user, `${user}-2`, 50)
          const running = await hold(wallets, alias, `${user}-call`, 30)
          hasDied = await joinAndDie(store, user, { step, isAfter })
          deaths += Number(hasDied)
          await heal(store, user)
          await running.settle(10)
          const healed = open(store)
          const balances = [await read(healed, alias), await read(healed, user)].map(({ balance }) => balance)
          expect([
            [140, 140],
            [90, 50],
          ]).toContainEqual(balances)
          expect(await joinWallets(healed, { alias, user_id: user })).toEqual({ user_id: user, balance: 140 })
          expect(await audit(healed, user, alias)).toEqual([])
        }
      expect(deaths).toBeGreaterThan(5)
    },
    120_000,
  )

  test('are not joined to a second user, to themselves, or in a circle', async () => {
    const wallets = open()
    await joinWallets(wallets, { alias: 'fay-1', user_id: 'fay' })
    const attempts = [
      [{ alias: 'fay', user_id: 'fay' }, 400],
      [{ alias: 'fay-1', user_id: 'guy' }, 409],
      [{ alias: 'fay', user_id: 'guy' }, 400],
      [{ alias: 'hal', user_id: 'fay-1' }, 400],
      [{ alias: 'fay', user_id: 'fay-1' }, 400],
    ] as const
    for (const [request, status] of attempts)
      await expect(joinWallets(wallets, request)).rejects.toMatchObject({ status })
    expect(await joinWallets(wallets, { alias: 'guy', user_id: 'hal' })).toEqual({ user_id: 'hal', balance: 0 })
  }, 60_000)

  test('refuse one or both if they are joined both ways at once, and lose nothing', async () => {
    const [one, other] = [open(), open()]
    await give(one, 'ida', 'ida-1', 100)
    const both = await Promise.allSettled([
      repeat(() => joinWallets(one, { alias: 'ida', user_id: 'ivy' })),
      repeat(() => joinWallets(other, { alias: 'ivy', user_id: 'ida' })),
    ])
    expect(both.some(({ status }) => status === 'rejected')).toBe(true)
    expect((await read(one, 'ida')).balance).toBe(100)
    if (both.every(({ status }) => status === 'rejected'))
      expect(await joinWallets(one, { alias: 'ida', user_id: 'ivy' })).toEqual({ user_id: 'ivy', balance: 100 })
  }, 60_000)

  test('refuse no call of the user while points are between the two wallets', async () => {
    const store = openStore()
    const wallets = open(store)
    await give(wallets, 'wx:app:kim', 'kim-1', 100)
    // The third write of a join is the one that takes the points in.
    const { store: dying, died } = dieAt(store, 3, false)
    const request = { alias: 'wx:app:kim', user_id: 'kim' }
    expect(await Promise.race([joinWallets(open(dying), request).then(() => 'joined'), died])).toBe('died')
    expect(await (await hold(open(store), 'kim', 'kim-call', 100)).settle(60)).toEqual({ charged: 60, balance: 40 })
  }, 60_000)

  test('add the points of the day to one grant if both have them', async () => {
    const store = openStore()
    const wallets = open(store, 40)
    await (await hold(wallets, 'jim-1', 'jim-call-1', 10)).settle(10)
    const running = await hold(wallets, 'jim', 'jim-call-2', 10)
    await joinWallets(wallets, { alias: 'jim-1', user_id: 'jim' })
    await running.settle(0)
    expect(await read(wallets, 'jim')).toMatchObject({ balance: 70, grants: [{ points: 80, left: 70 }] })
    await (await hold(wallets, 'jim-1', 'jim-call-3', 70)).settle(70)
    expect(await audit(wallets, 'jim', 'jim-1')).toEqual([])
  }, 60_000)
})
