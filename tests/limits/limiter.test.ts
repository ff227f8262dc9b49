import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals'
import { collectionLimitStore } from '../../shared/limits/collection-limit-store.ts'
import type { LimitBounds } from '../../shared/limits/limit-store.ts'
import { createRateLimiter, type Limiter } from '../../shared/limits/limiter.ts'
import type { GatewayError } from '../../shared/protocol/errors.ts'
import type { User } from '../../shared/protocol/user.ts'
import { type CloudbaseDatabase, cloudbaseDatabase } from '../../testing/stand-ins/cloudbase-database.ts'
import { captureLog, type LogLine } from '../support/capture-log.ts'
import { injectDatabase, standInCredentials } from '../usage/store/stores.ts'

const leaseMs = 350_000
const user: User = { id: 'u', kind: 'user', groups: [] }

let database: CloudbaseDatabase
let ahead = 0
let lines: LogLine[] = []
const now = (): number => Date.now() + ahead

beforeAll(async () => {
  database = await cloudbaseDatabase()
  Object.assign(process.env, injectDatabase(database))
})
afterAll(() => database.close())
beforeEach(() => {
  ahead = 0
})
afterEach(() => database.plan(() => undefined))

/** An instance that shares a collection, named after the test, with others of that test. */
const instance = (bounds: LimitBounds): Limiter => {
  const kept = captureLog()
  lines = kept.lines
  const collection = expect.getState().currentTestName?.replaceAll(/\W/g, '_') ?? ''
  const options = { envId: 'test-env', region: 'ap-shanghai', collection, credentials: standInCredentials }
  return createRateLimiter({ bounds, leaseMs, shared: collectionLimitStore(bounds, options, now), log: kept.log, now })
}

const ask = (limits: Limiter, answers = 1, from: User = user) =>
  limits.acquire({ user: from, weight: answers, requestId: 'r' })

const refusal = async (limits: Limiter, answers = 1): Promise<GatewayError> =>
  ask(limits, answers).then(
    () => Promise.reject(new Error('was let in')),
    (error: GatewayError) => error,
  )

describe('a limit of requests', () => {
  test('refuses with 429 and a retry-after after which the next request is let in, and not before', async () => {
    const limits = instance({ perMinute: 2, concurrent: 0 })
    await ask(limits)
    ahead += 20_000
    await ask(limits)
    const { status, code, message, options } = await refusal(limits)
    expect({ status, code }).toEqual({ status: 429, code: 'rate_limit_exceeded' })
    expect(options.headers).toEqual({ 'retry-after': '40', 'x-ratelimit-limit-requests': '2' })
    expect(message).toBe('You may send 2 requests a minute. Try again in 40 seconds.')
    ahead += 38_500
    expect((await refusal(limits)).options.headers).toMatchObject({ 'retry-after': '2' })
    expect((await refusal(instance({ perMinute: 2, concurrent: 0 }))).options.headers).toMatchObject({
      'retry-after': '2',
    })
    ahead += 2_000
    await ask(limits)
    await refusal(limits)
  })

  test('counts a request for several answers as so many, and lets in one that asks for more than the limit by itself', async () => {
    const limits = instance({ perMinute: 3, concurrent: 0 })
    await ask(limits, 2)
    const { message } = await refusal(limits, 2)
    expect(message).toMatch(/^You may send 3 requests a minute, and this one counts as 2\. Try again in \d+ seconds\.$/)
    await ask(limits, 1)
    ahead += 61_000
    await ask(limits, 64)
    await refusal(limits)
  })

  test('costs one call of the database, and a refused user none until there can be room again (R65)', async () => {
    const limits = instance({ perMinute: 2, concurrent: 0 })
    await ask(limits)
    const calls = (): number => database.actions.length
    const before = calls()
    await ask(limits)
    expect(calls() - before).toBe(1)
    await refusal(limits)
    const refused = calls()
    for (let time = 0; time < 100; time++) await refusal(limits)
    expect(calls()).toBe(refused)
  })

  test('does not hold for the administrator, nor where nobody is known', async () => {
    const limits = instance({ perMinute: 1, concurrent: 1 })
    const before = database.actions.length
    for (let time = 0; time < 3; time++) {
      expect(await ask(limits, 1, { id: 'admin', kind: 'admin', groups: [] })).toBeUndefined()
      expect(await ask(limits, 1, { id: null, kind: 'unauthenticated', groups: [] })).toBeUndefined()
    }
    expect(database.actions.length).toBe(before)
  })
})

describe('a limit of requests at once', () => {
  const bounds = { perMinute: 0, concurrent: 2 }

  test('lets the next one in when one has ended, on whatever instance', async () => {
    const [one, other] = [instance(bounds), instance(bounds)]
    const [release] = [await ask(one), await ask(other)]
    const { status, code, message, options } = await refusal(other)
    expect({ status, code, headers: options.headers }).toEqual({
      status: 429,
      code: 'rate_limit_exceeded',
      headers: { 'retry-after': '5' },
    })
    expect(message).toBe('You may have 2 requests running at once. Try again when one of them has ended.')
    await release?.()
    await ask(other)
    await refusal(one)
  })

  test('takes back the places of an instance that died, when its leases have run out', async () => {
    const dead = instance(bounds)
    await Promise.all([ask(dead), ask(dead)])
    const alive = instance(bounds)
    ahead += leaseMs - 5_000
    await refusal(alive)
    ahead += 5_000
    await Promise.all([ask(alive), ask(alive)])
    await refusal(alive)
  })

  test('forgets a place that could not be given back when its lease has run out, and the answer ends nevertheless', async () => {
    const limits = instance({ perMinute: 0, concurrent: 1 })
    const release = await ask(limits)
    database.plan(() => ({ kind: 'drop' }))
    await release?.()
    database.plan(() => undefined)
    await refusal(limits)
    ahead += leaseMs
    await ask(limits)
  })
})

describe('while the database fails', () => {
  test('to answer, a place that it gave away all the same is given back', async () => {
    const limits = instance({ perMinute: 0, concurrent: 1 })
    await (await ask(limits))?.()
    database.plan(() => ({ kind: 'drop-after' }))
    const release = await ask(limits)
    database.plan(() => undefined)
    await refusal(instance({ perMinute: 0, concurrent: 1 }))
    await release?.()
    await ask(instance({ perMinute: 0, concurrent: 1 }))
  })

  test.each(['failure', 'not-json', 'drop', 'no-count'] as const)(
    'by %s, an instance limits by itself, by what it has let in, and says so',
    async (kind) => {
      const limits = instance({ perMinute: 3, concurrent: 3 })
      await ask(limits)
      database.plan(() => ({ kind }))
      await ask(limits)
      const release = await ask(limits)
      expect((await refusal(limits)).status).toBe(429)
      await release?.()
      expect(lines).toEqual([
        { level: 'error', event: 'limits_unavailable', fields: { request_id: 'r', cause: expect.any(String) } },
      ])
    },
  )

  test('by not answering, no request waits longer than for one call, many at once neither', async () => {
    const limits = instance({ perMinute: 50, concurrent: 0 })
    database.plan(() => ({ kind: 'hang' }))
    const startedAt = performance.now()
    await Promise.all(Array.from({ length: 50 }, () => ask(limits)))
    expect(performance.now() - startedAt).toBeLessThan(2_900)
    await refusal(limits)
  })

  test('for a while, it counts again five seconds later (R65)', async () => {
    const limits = instance({ perMinute: 1, concurrent: 0 })
    database.plan(() => ({ kind: 'failure' }))
    await ask(limits, 1, { ...user, id: 'v' })
    database.plan(() => undefined)
    ahead += 5_000
    const before = database.actions.length
    await ask(limits)
    expect(database.actions.length).toBeGreaterThan(before)
  })
})
