import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals'
import { collectionLimitStore } from '../../shared/limits/collection-limit-store.ts'
import type { LimitBounds } from '../../shared/limits/limit-store.ts'
import { createRateLimiter, type Limiter } from '../../shared/limits/limiter.ts'
import type { GatewayError } from '../../shared/protocol/errors.ts'
import type { User } from '../../shared/protocol/user.ts'
import { type CloudbaseDatabase, cloudbaseDatabase } from '../../testing/stand-ins/cloudbase-database.ts'
import { captureLog, type LogLine } from '../support/capture-log.ts'
import { collectionAccess, injectDatabase } from '../usage/store/stores.ts'

const leaseMs = 350_000
const user: User = { id: 'u', kind: 'user', groups: [] }

let database: CloudbaseDatabase
const start = Date.now()
let ahead = 0
let lines: LogLine[] = []
/** Only a test moves it: a slow store does not. */
const now = (): number => start + ahead

beforeAll(async () => {
  database = await cloudbaseDatabase()
  Object.assign(process.env, injectDatabase(database))
})
afterAll(() => database.close())
beforeEach(() => {
  ahead = 0
})
afterEach(() => database.plan(() => undefined))

/** Creates the limiter of an instance. Instances of one test share a collection, which is named after the test. */
const createInstance = (bounds: LimitBounds): Limiter => {
  const { log, lines: logged } = captureLog()
  lines = logged
  const collection = expect.getState().currentTestName?.replaceAll(/\W/g, '_') ?? ''
  const options = { ...collectionAccess, collection }
  return createRateLimiter({ bounds, leaseMs, shared: collectionLimitStore(bounds, options, now), log, now })
}

const acquire = (limiter: Limiter, weight = 1, from: User = user) =>
  limiter.acquire({ user: from, weight, requestId: 'r' })

const acquireRejected = async (limiter: Limiter, weight = 1): Promise<GatewayError> =>
  acquire(limiter, weight).then(
    () => Promise.reject(new Error('the request was accepted')),
    (error: GatewayError) => error,
  )

describe('a limit of requests a minute', () => {
  test('rejects with 429 and a retry-after; accepts the next request after that time and not before', async () => {
    const limiter = createInstance({ perMinute: 2, concurrent: 0 })
    await acquire(limiter)
    ahead += 20_000
    await acquire(limiter)
    const { status, code, message, options } = await acquireRejected(limiter)
    expect({ status, code }).toEqual({ status: 429, code: 'rate_limit_exceeded' })
    expect(options.headers).toEqual({ 'retry-after': '40', 'x-ratelimit-limit-requests': '2' })
    expect(message).toBe('You may send 2 requests a minute. Try again in 40 seconds.')
    ahead += 38_500
    expect((await acquireRejected(limiter)).options.headers).toMatchObject({ 'retry-after': '2' })
    expect((await acquireRejected(createInstance({ perMinute: 2, concurrent: 0 }))).options.headers).toMatchObject({
      'retry-after': '2',
    })
    ahead += 2_000
    await acquire(limiter)
    await acquireRejected(limiter)
  })

  test('counts a request for several choices as several, and accepts one of more than the whole limit alone', async () => {
    const limiter = createInstance({ perMinute: 3, concurrent: 0 })
    await acquire(limiter, 2)
    const { message } = await acquireRejected(limiter, 2)
    expect(message).toMatch(/^You may send 3 requests a minute, and this one counts as 2\. Try again in \d+ seconds\.$/)
    await acquire(limiter, 1)
    ahead += 61_000
    await acquire(limiter, 64)
    await acquireRejected(limiter)
  })

  test('calls the database once for a request, and not at all for a rejected user until the limit allows one again (R65)', async () => {
    const limiter = createInstance({ perMinute: 2, concurrent: 0 })
    await acquire(limiter)
    const calls = (): number => database.actions.length
    const before = calls()
    await acquire(limiter)
    expect(calls() - before).toBe(1)
    await acquireRejected(limiter)
    const afterRejection = calls()
    for (let time = 0; time < 100; time++) await acquireRejected(limiter)
    expect(calls()).toBe(afterRejection)
  })

  test('does not limit the administrator or requests without authentication', async () => {
    const limiter = createInstance({ perMinute: 1, concurrent: 1 })
    const before = database.actions.length
    for (let time = 0; time < 3; time++) {
      expect(await acquire(limiter, 1, { id: 'admin', kind: 'admin', groups: [] })).toBeUndefined()
      expect(await acquire(limiter, 1, { id: null, kind: 'unauthenticated', groups: [] })).toBeUndefined()
    }
    expect(database.actions.length).toBe(before)
  })
})

describe('a limit of running requests', () => {
  const bounds = { perMinute: 0, concurrent: 2 }

  test('accepts the next request when one has ended, on any instance', async () => {
    const [one, other] = [createInstance(bounds), createInstance(bounds)]
    const [release] = [await acquire(one), await acquire(other)]
    const { status, code, message, options } = await acquireRejected(other)
    expect({ status, code, headers: options.headers }).toEqual({
      status: 429,
      code: 'rate_limit_exceeded',
      headers: { 'retry-after': '5' },
    })
    expect(message).toBe('You may have 2 requests running at once. Try again when one of them has ended.')
    await release?.()
    await acquire(other)
    await acquireRejected(one)
  })

  test('frees the slots of an instance that died when its leases expire', async () => {
    const dead = createInstance(bounds)
    await Promise.all([acquire(dead), acquire(dead)])
    const alive = createInstance(bounds)
    ahead += leaseMs - 5_000
    await acquireRejected(alive)
    ahead += 5_000
    await Promise.all([acquire(alive), acquire(alive)])
    await acquireRejected(alive)
  })

  test('frees a slot whose release failed when its lease expires, and still ends the reply', async () => {
    const limiter = createInstance({ perMinute: 0, concurrent: 1 })
    const release = await acquire(limiter)
    database.plan(() => ({ kind: 'drop' }))
    await release?.()
    database.plan(() => undefined)
    await acquireRejected(limiter)
    ahead += leaseMs
    await acquire(limiter)
  })
})

describe('a limiter whose database fails', () => {
  test('releases a slot that the database granted although its reply was lost', async () => {
    const limiter = createInstance({ perMinute: 0, concurrent: 1 })
    await (await acquire(limiter))?.()
    database.plan(() => ({ kind: 'drop-after' }))
    const release = await acquire(limiter)
    database.plan(() => undefined)
    await acquireRejected(createInstance({ perMinute: 0, concurrent: 1 }))
    await release?.()
    await acquire(createInstance({ perMinute: 0, concurrent: 1 }))
  })

  test.each(['failure', 'not-json', 'drop', 'no-count'] as const)(
    'limits by its own counts and logs it (%s)',
    async (kind) => {
      const limiter = createInstance({ perMinute: 3, concurrent: 3 })
      await acquire(limiter)
      database.plan(() => ({ kind }))
      await acquire(limiter)
      const release = await acquire(limiter)
      expect((await acquireRejected(limiter)).status).toBe(429)
      await release?.()
      expect(lines).toEqual([
        { level: 'error', event: 'limits_unavailable', fields: { request_id: 'r', cause: expect.any(String) } },
      ])
    },
  )

  test('calls a database that hangs a few times at most for many simultaneous requests, and lets them in', async () => {
    const limiter = createInstance({ perMinute: 50, concurrent: 0 })
    database.plan(() => ({ kind: 'hang' }))
    const before = database.actions.length
    await Promise.all(Array.from({ length: 50 }, () => acquire(limiter)))
    expect(database.actions.length - before).toBeLessThan(5)
    await acquireRejected(limiter)
  })

  test('uses the database again five seconds later (R65)', async () => {
    const limiter = createInstance({ perMinute: 1, concurrent: 0 })
    database.plan(() => ({ kind: 'failure' }))
    await acquire(limiter, 1, { ...user, id: 'v' })
    database.plan(() => undefined)
    ahead += 5_000
    const before = database.actions.length
    await acquire(limiter)
    expect(database.actions.length).toBeGreaterThan(before)
  })
})
