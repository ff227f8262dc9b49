import { afterAll, afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { createLease } from '../../shared/limits/lease.ts'
import type { LimitBounds, LimitStore } from '../../shared/limits/limit-store.ts'
import { describeWithDatabase } from '../support/describe-with-database.ts'
import { describeWithPostgres } from '../support/describe-with-postgres.ts'
import { endRdb, type TestLimits, testLimits } from './limit-stores.ts'

const bounds: LimitBounds = { perMinute: 5, concurrent: 2 }
const leaseMs = 300_000

let limits: TestLimits
afterEach(() => limits.close())
afterAll(endRdb)

const withUser = async (store: LimitStore, user: string): Promise<LimitStore> => {
  if (!(await store.read(user))) await store.prune(user, [])
  return store
}

/** Sends `times` requests one after another and returns how many were accepted. */
const acquireInTurn = async (store: LimitStore, times: number, weight = 1, user = 'u'): Promise<number> => {
  let accepted = 0
  for (let time = 0; time < times; time++) if (await store.tryAcquire({ user, weight, lease: undefined })) accepted++
  return accepted
}

/** Sends `times` requests at the same time and returns how many were accepted. */
const acquireAtOnce = async (
  stores: readonly LimitStore[],
  times: number,
  lease: () => string | undefined,
  weight = 1,
): Promise<number> => {
  const tries = Array.from({ length: times }, (_, index) =>
    (stores[index % stores.length] as LimitStore).tryAcquire({ user: 'u', weight, lease: lease() }),
  )
  return (await Promise.all(tries)).filter((accepted) => accepted).length
}

const describeBehaviour = (kind: keyof typeof testLimits) => () => {
  beforeEach(async () => {
    limits = await testLimits[kind]()
  }, 60_000)

  test('accepts as many requests as the limit in any minute, and the next one when the first is a minute old', async () => {
    const store = await withUser(limits.openStore(bounds), 'u')
    expect(await acquireInTurn(store, 3)).toBe(3)
    await limits.advance(30_000)
    expect(await acquireInTurn(store, 9)).toBe(2)
    await limits.advance(20_000)
    expect(await acquireInTurn(store, 9)).toBe(0)
    await limits.advance(11_000)
    expect(await acquireInTurn(store, 9)).toBe(3)
    await limits.advance(61_000)
    expect(await acquireInTurn(store, 9)).toBe(5)
  })

  test('counts a request of weight 2 as two requests, all or nothing', async () => {
    const store = await withUser(limits.openStore(bounds), 'u')
    expect(await acquireInTurn(store, 2, 2)).toBe(2)
    expect(await acquireInTurn(store, 1, 2)).toBe(0)
    expect(await acquireInTurn(store, 2, 1)).toBe(1)
    await limits.advance(61_000)
    expect(await acquireInTurn(store, 2, 5)).toBe(1)
  })

  test('accepts as many running requests as there are slots, from any instance, and one more after a release', async () => {
    const [one, other] = [await withUser(limits.openStore(bounds), 'u'), limits.openStore(bounds)]
    const until = Date.now() + leaseMs
    const [first, second, third] = [createLease(until), createLease(until), createLease(until)]
    expect(await one.tryAcquire({ user: 'u', weight: 0, lease: first })).toBe(true)
    expect(await other.tryAcquire({ user: 'u', weight: 0, lease: second })).toBe(true)
    expect(await one.tryAcquire({ user: 'u', weight: 0, lease: third })).toBe(false)
    await other.release('u', first)
    expect(await one.tryAcquire({ user: 'u', weight: 0, lease: third })).toBe(true)
    expect(await one.tryAcquire({ user: 'u', weight: 0, lease: first })).toBe(false)
  })

  test('reads the counts of a user, and counts each user separately', async () => {
    const store = await withUser(limits.openStore(bounds), 'u')
    const lease = createLease(Date.now() + leaseMs)
    await store.tryAcquire({ user: 'u', weight: 2, lease })
    await withUser(store, 'v')
    expect((await store.read('u'))?.leases).toEqual([lease])
    expect((await store.read('u'))?.timestamps.filter((time) => Math.abs(time - Date.now()) < 60_000)).toHaveLength(2)
    expect((await store.read('v'))?.leases).toEqual([])
    expect(await acquireInTurn(store, 9, 1, 'v')).toBe(5)
  })

  test('accepts exactly as many simultaneous requests as the limit', async () => {
    const stores = [await withUser(limits.openStore(bounds), 'u'), limits.openStore(bounds)]
    expect(await acquireAtOnce(stores, 60, () => undefined)).toBe(5)
    await limits.advance(61_000)
    expect(await acquireAtOnce(stores, 60, () => undefined, 2)).toBe(2)
  })

  test('accepts exactly as many simultaneous requests as there are slots', async () => {
    const stores = [await withUser(limits.openStore(bounds), 'u'), limits.openStore(bounds)]
    expect(await acquireAtOnce(stores, 60, () => createLease(Date.now() + leaseMs), 0)).toBe(2)
  })

  test('counts a request that one limit rejects for neither limit', async () => {
    const store = await withUser(limits.openStore(bounds), 'u')
    const lease = () => createLease(Date.now() + leaseMs)
    expect(await acquireAtOnce([store], 10, lease)).toBe(2)
    expect((await store.read('u'))?.timestamps.filter((time) => time > 0)).toHaveLength(2)
    expect(await acquireInTurn(store, 9)).toBe(3)
  })
}

describe('limits in memory', describeBehaviour('memory'))
describe('limits in a collection', describeBehaviour('collection'))
describeWithDatabase('limits in MySQL', describeBehaviour('mysql'))
describeWithPostgres('limits in PostgreSQL, over HTTPS', describeBehaviour('rdb'))

const describeDeployments = (kind: 'collection' | 'mysql' | 'rdb') => () => {
  beforeEach(async () => {
    limits = await testLimits[kind]()
  }, 60_000)

  test.each([
    [0, 3],
    [3, 5],
    [5, 3],
  ])('applies a limit that a deployment changes from %i to %i at once', async (before, after) => {
    const first = await withUser(limits.openStore({ perMinute: before, concurrent: 2 }), 'u')
    if (before > 0) expect(await acquireInTurn(first, 9)).toBe(before)
    await limits.advance(61_000)
    const deployed = limits.openStore({ perMinute: after, concurrent: 2 })
    expect(await acquireInTurn(await withUser(deployed, 'u'), 9)).toBe(after)
  })

  test.each([
    [5, 0],
    [0, 5],
    [5, 3],
    [3, 5],
  ])('keeps the running requests when a deployment changes the limit a minute from %i to %i', async (before, after) => {
    const createRequest = (perMinute: number, lease = createLease(Date.now() + leaseMs)) => ({
      user: 'u',
      weight: Math.min(1, perMinute),
      lease,
    })
    const running = createLease(Date.now() + leaseMs)
    const first = await withUser(limits.openStore({ perMinute: before, concurrent: 2 }), 'u')
    expect(await first.tryAcquire(createRequest(before, running))).toBe(true)
    const deployed = await withUser(limits.openStore({ perMinute: after, concurrent: 2 }), 'u')
    expect((await deployed.read('u'))?.leases).toEqual([running])
    expect(await deployed.tryAcquire(createRequest(after))).toBe(true)
    expect(await deployed.tryAcquire(createRequest(after))).toBe(false)
    await deployed.release('u', running)
    expect(await deployed.tryAcquire(createRequest(after))).toBe(true)
  })

  test.each([
    [2, 0],
    [0, 2],
    [3, 1],
    [1, 3],
  ])('applies a limit of running requests that a deployment changes from %i to %i at once', async (before, after) => {
    const getExpected = (concurrent: number) => concurrent || 4
    const countAccepted = async (concurrent: number): Promise<number> => {
      const store = await withUser(limits.openStore({ perMinute: 9, concurrent }), 'u')
      const lease = () => (concurrent > 0 ? createLease(Date.now() + leaseMs) : undefined)
      const accepted = await acquireAtOnce([store], 4, lease)
      for (const running of (await store.read('u'))?.leases ?? []) await store.release('u', running)
      return accepted
    }
    expect(await countAccepted(before)).toBe(getExpected(before))
    expect(await countAccepted(after)).toBe(getExpected(after))
  })

  test('counts from zero when a deployment turns a limit off and a later one turns it on again', async () => {
    await acquireInTurn(await withUser(limits.openStore({ perMinute: 5, concurrent: 2 }), 'u'), 9)
    await limits.advance(61_000)
    const lease = createLease(Date.now() + leaseMs)
    const off = await withUser(limits.openStore({ perMinute: 0, concurrent: 2 }), 'u')
    expect(await off.tryAcquire({ user: 'u', weight: 0, lease })).toBe(true)
    await off.release('u', lease)
    expect(await acquireInTurn(await withUser(limits.openStore({ perMinute: 4, concurrent: 2 }), 'u'), 9)).toBe(4)
  })

  test('counts the requests accepted under the old limit when a deployment lowers it', async () => {
    const first = await withUser(limits.openStore({ perMinute: 5, concurrent: 2 }), 'u')
    await acquireInTurn(first, 1)
    await limits.advance(58_000)
    await acquireInTurn(first, 4)
    await limits.advance(3_000)
    const deployed = limits.openStore({ perMinute: 3, concurrent: 2 })
    expect(await acquireInTurn(await withUser(deployed, 'u'), 9)).toBe(0)
    await limits.advance(58_000)
    expect(await acquireInTurn(deployed, 9)).toBe(3)
  })
}

describe('limits in a collection', describeDeployments('collection'))
describeWithDatabase('limits in MySQL', describeDeployments('mysql'))
describeWithPostgres('limits in PostgreSQL, over HTTPS', describeDeployments('rdb'))
