import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { createLease } from '../../shared/limits/lease.ts'
import type { LimitBounds, LimitStore } from '../../shared/limits/limit-store.ts'
import { describeWithDatabase } from '../support/describe-with-database.ts'
import { type TestLimits, testLimits } from './limit-stores.ts'

const bounds: LimitBounds = { perMinute: 5, concurrent: 2 }
const leaseMs = 300_000

let limits: TestLimits
afterEach(() => limits.close())

const known = async (store: LimitStore, user: string): Promise<LimitStore> => {
  if (!(await store.read(user))) await store.prune(user, [])
  return store
}

/** Tries `times` claims one after another and counts those that were let in. */
const letIn = async (store: LimitStore, times: number, requests = 1, user = 'u'): Promise<number> => {
  let granted = 0
  for (let time = 0; time < times; time++)
    if (await store.tryAcquire({ user, weight: requests, lease: undefined })) granted++
  return granted
}

const atOnce = async (stores: readonly LimitStore[], times: number, lease: () => string | undefined, requests = 1) => {
  const claims = Array.from({ length: times }, (_, index) =>
    (stores[index % stores.length] as LimitStore).tryAcquire({ user: 'u', weight: requests, lease: lease() }),
  )
  return (await Promise.all(claims)).filter((granted) => granted).length
}

const behaviour = (kind: keyof typeof testLimits) => () => {
  beforeEach(async () => {
    limits = await testLimits[kind]()
  })

  test('lets in as many requests as the limit in any minute, and the next when the first is a minute old', async () => {
    const store = await known(limits.door(bounds), 'u')
    expect(await letIn(store, 3)).toBe(3)
    await limits.pass(30_000)
    expect(await letIn(store, 9)).toBe(2)
    await limits.pass(29_000)
    expect(await letIn(store, 9)).toBe(0)
    await limits.pass(1_500)
    expect(await letIn(store, 9)).toBe(3)
    await limits.pass(61_000)
    expect(await letIn(store, 9)).toBe(5)
  })

  test('counts a request for several answers as so many, all or nothing', async () => {
    const store = await known(limits.door(bounds), 'u')
    expect(await letIn(store, 2, 2)).toBe(2)
    expect(await letIn(store, 1, 2)).toBe(0)
    expect(await letIn(store, 2, 1)).toBe(1)
    await limits.pass(61_000)
    expect(await letIn(store, 2, 5)).toBe(1)
  })

  test('lets in as many at once as there are places, whoever asks, and again those whose place is given back', async () => {
    const [one, other] = [await known(limits.door(bounds), 'u'), limits.door(bounds)]
    const until = Date.now() + leaseMs
    const [first, second, third] = [createLease(until), createLease(until), createLease(until)]
    expect(await one.tryAcquire({ user: 'u', weight: 0, lease: first })).toBe(true)
    expect(await other.tryAcquire({ user: 'u', weight: 0, lease: second })).toBe(true)
    expect(await one.tryAcquire({ user: 'u', weight: 0, lease: third })).toBe(false)
    await other.release('u', first)
    expect(await one.tryAcquire({ user: 'u', weight: 0, lease: third })).toBe(true)
    expect(await one.tryAcquire({ user: 'u', weight: 0, lease: first })).toBe(false)
  })

  test('tells what is taken, and counts users apart', async () => {
    const store = await known(limits.door(bounds), 'u')
    const lease = createLease(Date.now() + leaseMs)
    await store.tryAcquire({ user: 'u', weight: 2, lease })
    await known(store, 'v')
    expect((await store.read('u'))?.leases).toEqual([lease])
    expect((await store.read('u'))?.timestamps.filter((time) => Math.abs(time - Date.now()) < 60_000)).toHaveLength(2)
    expect((await store.read('v'))?.leases).toEqual([])
    expect(await letIn(store, 9, 1, 'v')).toBe(5)
  })

  test('of very many at once lets in exactly as many as the limit', async () => {
    const stores = [await known(limits.door(bounds), 'u'), limits.door(bounds)]
    expect(await atOnce(stores, 60, () => undefined)).toBe(5)
    await limits.pass(61_000)
    expect(await atOnce(stores, 60, () => undefined, 2)).toBe(2)
  })

  test('of very many at once lets in exactly as many as there are places', async () => {
    const stores = [await known(limits.door(bounds), 'u'), limits.door(bounds)]
    expect(await atOnce(stores, 60, () => createLease(Date.now() + leaseMs), 0)).toBe(2)
  })

  test('a request that is refused for one limit takes nothing of the other', async () => {
    const store = await known(limits.door(bounds), 'u')
    const lease = () => createLease(Date.now() + leaseMs)
    expect(await atOnce([store], 10, lease)).toBe(2)
    expect((await store.read('u'))?.timestamps.filter((time) => time > 0)).toHaveLength(2)
    expect(await letIn(store, 9)).toBe(3)
  })
}

describe('limits in memory', behaviour('memory'))
describe('limits in a collection', behaviour('collection'))
describeWithDatabase('limits in MySQL', behaviour('mysql'))

const deployments = (kind: 'collection' | 'mysql') => () => {
  beforeEach(async () => {
    limits = await testLimits[kind]()
  })

  test.each([
    [0, 3],
    [3, 5],
    [5, 3],
  ])('a limit that a deployment changes from %i to %i holds at once', async (before, after) => {
    const first = await known(limits.door({ perMinute: before, concurrent: 2 }), 'u')
    if (before > 0) expect(await letIn(first, 9)).toBe(before)
    await limits.pass(61_000)
    const then = limits.door({ perMinute: after, concurrent: 2 })
    expect(await letIn(await known(then, 'u'), 9)).toBe(after)
  })

  test.each([
    [5, 0],
    [0, 5],
    [5, 3],
    [3, 5],
  ])('a limit of requests changed from %i to %i leaves that of requests at once as it was', async (before, after) => {
    const claim = (perMinute: number, lease = createLease(Date.now() + leaseMs)) => ({
      user: 'u',
      weight: Math.min(1, perMinute),
      lease,
    })
    const running = createLease(Date.now() + leaseMs)
    const first = await known(limits.door({ perMinute: before, concurrent: 2 }), 'u')
    expect(await first.tryAcquire(claim(before, running))).toBe(true)
    const then = await known(limits.door({ perMinute: after, concurrent: 2 }), 'u')
    expect((await then.read('u'))?.leases).toEqual([running])
    expect(await then.tryAcquire(claim(after))).toBe(true)
    expect(await then.tryAcquire(claim(after))).toBe(false)
    await then.release('u', running)
    expect(await then.tryAcquire(claim(after))).toBe(true)
  })

  test.each([
    [2, 0],
    [0, 2],
    [3, 1],
    [1, 3],
  ])('a limit of requests at once that a deployment changes from %i to %i holds at once', async (before, after) => {
    const most = (concurrent: number) => concurrent || 4
    const claims = async (concurrent: number): Promise<number> => {
      const store = await known(limits.door({ perMinute: 9, concurrent }), 'u')
      const lease = () => (concurrent > 0 ? createLease(Date.now() + leaseMs) : undefined)
      const granted = await atOnce([store], 4, lease)
      for (const each of (await store.read('u'))?.leases ?? []) await store.release('u', each)
      return granted
    }
    expect(await claims(before)).toBe(most(before))
    expect(await claims(after)).toBe(most(after))
  })

  test('a limit of requests that a deployment turns off and a later one on again counts from then on', async () => {
    await letIn(await known(limits.door({ perMinute: 5, concurrent: 2 }), 'u'), 9)
    await limits.pass(61_000)
    const lease = createLease(Date.now() + leaseMs)
    const off = await known(limits.door({ perMinute: 0, concurrent: 2 }), 'u')
    expect(await off.tryAcquire({ user: 'u', weight: 0, lease })).toBe(true)
    await off.release('u', lease)
    expect(await letIn(await known(limits.door({ perMinute: 4, concurrent: 2 }), 'u'), 9)).toBe(4)
  })

  test('a limit that a deployment lowers counts what was let in under the old one', async () => {
    const first = await known(limits.door({ perMinute: 5, concurrent: 2 }), 'u')
    await letIn(first, 1)
    await limits.pass(58_000)
    await letIn(first, 4)
    await limits.pass(3_000)
    const then = limits.door({ perMinute: 3, concurrent: 2 })
    expect(await letIn(await known(then, 'u'), 9)).toBe(0)
    await limits.pass(58_000)
    expect(await letIn(then, 9)).toBe(3)
  })
}

describe('limits in a collection', deployments('collection'))
describeWithDatabase('limits in MySQL', deployments('mysql'))
