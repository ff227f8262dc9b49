import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { grant, revoke } from '../../shared/wallet/changes.ts'
import { flushWallets } from '../../shared/wallet/flush.ts'
import { grantPoints, revokePoints } from '../../shared/wallet/grants.ts'
import { auditWallet, viewWallet } from '../../shared/wallet/view-wallet.ts'
import { toWalletId } from '../../shared/wallet/wallet-store.ts'
import { createWallets, type PointsHold, type Wallets } from '../../shared/wallet/wallets.ts'
import { getScriptArguments } from '../../testing/servers/script-arguments.ts'
import { openWalletStore, repeat, type TestPlace, testPlaces, walletStoreKinds } from './wallet-stores.ts'

const run = promisify(execFile)

describe.each(walletStoreKinds)('wallets in a %s', (kind) => {
  let database: TestPlace
  const opened: Wallets[] = []
  let clock = Date.UTC(2026, 10, 28, 12)

  const open = (dailyPoints = 0): Wallets => {
    const wallets = createWallets({ store: openWalletStore(database.place), dailyPoints, now: () => clock })
    opened.push(wallets)
    return wallets
  }
  const request = (user_id: string, key: string, points: number, expires_at: number | null = null) => ({
    ...{ user_id, key, points, expires_at },
    reason: 'test',
  })
  const hold = async (wallets: Wallets, user: string, id: string, points: number): Promise<PointsHold> => {
    const held = await wallets.reserve({ user, id, points, maxMs: 1_000 })
    if ('settle' in held) return held
    throw new Error(`there are ${held.available} points`)
  }
  const page = { before: undefined, limit: 100 }

  /** Makes 200 calls at once, as one instance: in a process of its own, unless the stand-in serves this process only. Resolves with the
   *  ids of those that were admitted. */
  const callOften = async (name: string): Promise<string[]> => {
    if (kind !== 'rdb') {
      const order = JSON.stringify({ place: database.place, name, calls: 200, points: 10, user: 'crowd' })
      const args = [...getScriptArguments('tests/wallet/reserve-process.ts'), order]
      return JSON.parse((await run(process.execPath, args)).stdout) as string[]
    }
    const wallets = open()
    const calls = Array.from({ length: 200 }, async (_, index) => {
      const id = `${name}-${index}`
      const held = await wallets.reserve({ user: 'crowd', id, points: 10, maxMs: 60_000 })
      return 'settle' in held ? [id] : []
    })
    return (await Promise.all(calls)).flat()
  }

  beforeAll(async () => {
    database = await testPlaces[kind]()
  })

  afterAll(async () => {
    for (const { store } of opened) await store.end()
    await database.close()
  })

  test('admits exactly as many of 800 parallel calls of four processes as it has points for (R90)', async () => {
    const wallets = open()
    await grantPoints(wallets, request('crowd', 'crowd-1', 3_000))
    await grantPoints(wallets, request('crowd', 'crowd-2', 37))
    const admitted = (await Promise.all(['a', 'b', 'c', 'd'].map(callOften))).flat()
    expect(new Set(admitted).size).toBe(303)
    expect(admitted).toHaveLength(303)
    const view = await viewWallet(wallets, 'crowd', page)
    expect(view.available).toBe(7)
    expect(view.balance).toBe(view.reserved + 7)
    expect(await auditWallet(wallets, 'crowd')).toEqual([])
  }, 120_000)

  test('counts a grant that is repeated 100 times in parallel once, and answers the first result (R91)', async () => {
    const [one, other] = [open(), open()]
    const results = await Promise.all(
      Array.from({ length: 100 }, (_, index) =>
        repeat(() => grantPoints(index % 2 ? one : other, request('buyer', 'order-1', 50))),
      ),
    )
    expect(new Set(results.map((result) => JSON.stringify(result)))).toEqual(new Set(['{"granted":50,"balance":50}']))
    await hold(one, 'buyer', 'call', 20)
    expect(await grantPoints(other, request('buyer', 'order-1', 50))).toEqual({ granted: 50, balance: 50 })
    expect((await viewWallet(one, 'buyer', page)).balance).toBe(50)
    await expect(grantPoints(one, request('buyer', 'order-1', 51))).rejects.toMatchObject({
      status: 409,
      code: 'idempotency_conflict',
    })
  }, 60_000)

  test('revokes a grant once, and says what was spent (R91)', async () => {
    const wallets = open()
    await grantPoints(wallets, request('refunded', 'order-2', 50))
    await (await hold(wallets, 'refunded', 'r-1', 30)).settle(20)
    const results = await Promise.all(Array.from({ length: 10 }, () => revokePoints(wallets, 'order-2')))
    expect(new Set(results.map((result) => JSON.stringify(result)))).toEqual(
      new Set(['{"revoked":30,"spent":20,"balance":0}']),
    )
    await expect(revokePoints(wallets, 'order-3')).rejects.toMatchObject({ status: 404, code: 'grant_not_found' })
    expect(await auditWallet(wallets, 'refunded')).toEqual([])
  })

  test('settles once, also in another instance', async () => {
    const [one, other] = [open(), open()]
    await grantPoints(one, request('twice', 'order-4', 50))
    const held = await hold(one, 'twice', 't-1', 30)
    expect(await (await hold(other, 'twice', 't-1', 30)).settle(10)).toEqual({ charged: 10, balance: 40 })
    expect(await held.settle(10)).toEqual({ charged: 10, balance: 40 })
    expect(await viewWallet(one, 'twice', page)).toMatchObject({ balance: 40, reserved: 0 })
  })

  test('shows all entries page by page, newest first', async () => {
    const wallets = open()
    await grantPoints(wallets, request('busy', 'order-5', 1_000))
    for (let index = 1; index <= 120; index++) await (await hold(wallets, 'busy', `b-${index}`, 5)).settle(1)
    const first = await viewWallet(wallets, 'busy', { before: undefined, limit: 50 })
    expect(first.entries[0]).toMatchObject({ kind: 'charge', request_id: 'b-120', points: -1, balance: 880 })
    const second = await viewWallet(wallets, 'busy', { before: first.next ?? 0, limit: 100 })
    expect(second.entries).toHaveLength(71)
    expect(second.next).toBeNull()
    expect(second.entries.at(-1)).toMatchObject({ kind: 'grant', grant_id: 'order-5', points: 1_000, balance: 1_000 })
    expect(await auditWallet(wallets, 'busy')).toEqual([])
  }, 60_000)

  test('gives the points of a day once, however many instances ask', async () => {
    const instances = [open(30), open(30), open(30)]
    await Promise.all(instances.map((wallets, index) => hold(wallets, 'visitor', `v-${index}`, 5)))
    expect(await viewWallet(open(), 'visitor', page)).toMatchObject({ balance: 30, reserved: 15, available: 15 })
    clock += 86_400_000
    const [wallets = open()] = instances
    await hold(wallets, 'visitor', 'v-9', 5)
    expect(await viewWallet(wallets, 'visitor', page)).toMatchObject({ balance: 45, reserved: 20, available: 25 })
    expect(await auditWallet(wallets, 'visitor')).toEqual([])
  })

  test('is brought to an end by one flush, whatever step a function died after', async () => {
    const wallets = open()
    const log = () => undefined
    // A grant of which the wallet knows nothing, and one whose result is not stored.
    const insert = (key: string) =>
      wallets.store.insert([
        {
          id: `grant:${key}`,
          version: 0,
          dueAt: clock,
          data: JSON.stringify({ request: request('crashed', key, 40) }),
        },
      ])
    await insert('order-6')
    await insert('order-7')
    await wallets.change('crashed', (state) => {
      state.grants.push({ id: 'order-7', points: 40, left: 40, expires_at: null, granted_at: clock, reason: 'test' })
      state.sequence += 1
      state.entries.push({
        ...{ sequence: 1, kind: 'grant', points: 40, balance: 40, reference: 'order-7' },
        reason: 'test',
        actor: 'admin',
        ts: clock,
      })
    })
    await flushWallets({ wallets, findPoints: async () => 'open' as const, log, budgetMs: 20_000 })
    expect(await viewWallet(wallets, 'crashed', page)).toMatchObject({ balance: 80 })
    // Calls that were charged, that have no record, and whose record is still open.
    for (const id of ['c-charged', 'c-none', 'c-open']) await hold(wallets, 'crashed', id, 10)
    const points: Record<string, number | undefined> = { 'c-charged': 7, 'c-none': 0 }
    const flush = () => flushWallets({ wallets, findPoints: async (id) => points[id] ?? 'open', log, budgetMs: 20_000 })
    await flush()
    expect(await viewWallet(wallets, 'crashed', page)).toMatchObject({ balance: 80, reserved: 30 })
    clock += 200_000
    await flush()
    expect(await viewWallet(wallets, 'crashed', page)).toMatchObject({ balance: 73, reserved: 10 })
    points['c-open'] = 10
    await flush()
    await flush()
    expect(await viewWallet(wallets, 'crashed', page)).toMatchObject({ balance: 63, reserved: 0 })
    expect(await auditWallet(wallets, 'crashed')).toEqual([])
  })

  test('writes the entry of a grant that expires at the flush', async () => {
    const wallets = open()
    await grantPoints(wallets, request('late', 'order-8', 40, clock + 1_000))
    clock += 2_000
    expect((await viewWallet(wallets, 'late', page)).balance).toBe(0)
    await flushWallets({ wallets, findPoints: async () => 'open' as const, log: () => undefined, budgetMs: 20_000 })
    const { entries } = await viewWallet(wallets, 'late', page)
    expect(entries.map(({ kind, points }) => [kind, points])).toEqual([
      ['expire', -40],
      ['grant', 40],
    ])
  })

  test('proves the books of a wallet with thousands of entries, which leave it in small numbers', async () => {
    const { store, now } = open()
    const sizes: number[] = []
    const insert: typeof store.insert = (rows) => {
      sizes.push(rows.length)
      return store.insert(rows)
    }
    const wallets = createWallets({ store: { ...store, insert }, dailyPoints: 0, now })
    await wallets.change('many', (state) => {
      for (let index = 0; index < 650; index++) {
        grant(state, { id: `g-${index}`, points: 1, expires_at: null, reason: 'visit', actor: 'admin' }, now())
        revoke(state, `g-${index}`, now())
      }
    })
    for (let index = 0; index < 25; index++) await grantPoints(wallets, request('many', `order-many-${index}`, 1))
    const row = await store.read(toWalletId('many'))
    expect(JSON.parse(row?.data ?? '').entries.length).toBeLessThanOrEqual(49)
    expect(Math.max(...sizes)).toBeLessThanOrEqual(64)
    expect(await auditWallet(wallets, 'many')).toEqual([])
  }, 60_000)

  test.each([
    ['colons', ':'.repeat(128)],
    ['per cent signs', '%'.repeat(128)],
    ['Chinese', '用户'.repeat(64)],
    ['the name of an object’s own field', '__proto__'],
  ])('keeps the books of a user whose id is of %s', async (name, user) => {
    const wallets = open()
    for (let index = 0; index < 60; index++)
      await wallets.change(user, (state) => {
        const facts = { points: 1, expires_at: null, reason: 'test', actor: 'admin' }
        grant(state, { ...facts, id: `${name}-${index}` }, clock)
      })
    const row = await wallets.store.read(toWalletId(user))
    expect(JSON.parse(row?.data ?? '').entries.length).toBeLessThan(49)
    expect(await viewWallet(wallets, user, page)).toMatchObject({ balance: 60, entries: { length: 60 } })
    expect(await auditWallet(wallets, user)).toEqual([])
  })

  test('answers the repeat of a grant that has expired since, and takes no new one (R91)', async () => {
    const wallets = open()
    const order = request('early', 'order-expired', 40, clock + 1_000)
    const first = await grantPoints(wallets, order)
    clock += 2_000
    expect(await grantPoints(wallets, order)).toEqual(first)
    await expect(grantPoints(wallets, { ...order, points: 41 })).rejects.toMatchObject({ code: 'idempotency_conflict' })
    await expect(grantPoints(wallets, { ...order, key: 'order-too-late' })).rejects.toMatchObject({
      code: 'invalid_value',
      options: { param: 'expires_at' },
    })
    expect(await wallets.store.read('grant:order-too-late')).toBeUndefined()
  })

  if (kind === 'collection')
    test('costs one update before a call and one after it', async () => {
      const wallets = open()
      await grantPoints(wallets, request('counted', 'order-counted', 100))
      const actions = database.standIn?.actions ?? []
      const before = actions.length
      for (let index = 0; index < 3; index++) await (await hold(wallets, 'counted', `n-${index}`, 5)).settle(1)
      expect(actions.slice(before)).toEqual(Array.from({ length: 6 }, () => 'database.modifyDocument'))
    })

  if (kind === 'collection')
    test.each(['drop', 'drop-after', 'failure'] as const)(
      'loses and doubles nothing if replies of the store fail: %s',
      async (fault) => {
        const wallets = open()
        const user = `faulty-${fault}`
        await grantPoints(wallets, request(user, `order-${fault}`, 100))
        let count = 0
        database.standIn?.plan((action) =>
          action === 'database.modifyDocument' && count++ % 3 === 0 ? { kind: fault } : undefined,
        )
        for (let index = 0; index < 12; index++) {
          const held = await hold(wallets, user, `${fault}-${index}`, 8)
          await held.settle(5)
        }
        database.standIn?.plan(() => undefined)
        expect(await viewWallet(wallets, user, page)).toMatchObject({ balance: 40, reserved: 0 })
        expect(await auditWallet(wallets, user)).toEqual([])
      },
      60_000,
    )
})
