import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { freePort } from '../../../scripts/local/ports/free-port.ts'
import { readConfig } from '../../../shared/gateway/config/config.ts'
import { createTargetLimits, type TargetLimits } from '../../../shared/gateway/stores/target-limits.ts'
import { restRules } from '../../../shared/providers/targets/rest-rules.ts'
import type { Rest } from '../../../shared/providers/targets/rests.ts'
import { getTargetId } from '../../../shared/providers/targets/target-id.ts'
import { testDatabase } from '../../../testing/servers/test-database.ts'
import { cloudbaseDatabase } from '../../../testing/stand-ins/cloudbase-database.ts'
import { targetAt } from '../../support/call-provider.ts'
import { describeWithDatabase } from '../../support/describe-with-database.ts'
import { injectDatabase } from '../../usage/store/stores.ts'

const target = targetAt('https://a.example.com')
const other = targetAt('https://b.example.com')

let environment: Record<string, string>
let close: () => Promise<unknown> = () => Promise.resolve()
afterEach(() => close())

/** Creates the limits of another instance. */
const createInstance = (variables: Record<string, string> = {}): TargetLimits =>
  createTargetLimits(
    readConfig({ DISABLE_AUTH: 'true', LOG_LEVEL: 'error', ...environment, ...variables }),
    () => undefined,
  )

const reasons = Object.keys(restRules) as Rest['reason'][]

const describeSharing = () => {
  test('never gives more places than max_concurrency to all instances together, and takes them back (R83)', async () => {
    const instances = Array.from({ length: 4 }, () => createInstance())
    const acquireAll = () =>
      Promise.all(Array.from({ length: 40 }, (_, index) => instances[index % 4]?.acquire(target, 5)))
    for (let round = 0; round < 2; round++) {
      const releases = (await acquireAll()).filter((release) => release !== undefined)
      expect(releases).toHaveLength(5)
      expect(await instances[0]?.acquire(other, 5)).toBeDefined()
      await Promise.all(releases.map((release) => release()))
    }
  })

  test('shows every instance the rests of the others, with their reasons, until they end', async () => {
    const [one, reader] = [createInstance(), createInstance()]
    const ids = reasons.map((_, index) => getTargetId({ ...target, upstreamModel: `m${index}` }))
    const until = Date.now() + 60_000
    const rests = reasons.map((reason, index) => ({
      id: ids[index] ?? '',
      reason,
      isTold: index % 2 === 0,
      until: until + index,
    }))
    for (const rest of rests) await one.addRest(rest)
    await one.addRest({ id: getTargetId(other), reason: 'rate', isTold: false, until: Date.now() - 1_000 })
    expect(await reader.readRests()).toEqual(rests)
  })

  test('keeps the last end of each rest, and removes all rests of a target that works again', async () => {
    const [one, reader] = [createInstance(), createInstance()]
    const until = Date.now() + 60_000
    const toRest = (id: string, reason: Rest['reason'], seconds: number): Rest => ({
      ...{ id, reason, isTold: false, until: until + seconds * 1_000 },
    })
    const [id, otherId] = [getTargetId(target), getTargetId(other)]
    for (const rest of [toRest(id, 'rate', 1), toRest(id, 'quota', 2), toRest(otherId, 'rate', 3)])
      await one.addRest(rest)
    await one.addRest(toRest(id, 'rate', 9))
    expect(await reader.readRests()).toEqual([
      toRest(id, 'quota', 2),
      toRest(otherId, 'rate', 3),
      toRest(id, 'rate', 9),
    ])
    await reader.removeRests(id)
    expect(await one.readRests()).toEqual([toRest(otherId, 'rate', 3)])
  })
}

describeWithDatabase('instances that share MySQL', () => {
  beforeEach(async () => {
    const { dsn } = await testDatabase()
    environment = { USAGE_STORE: 'mysql', MYSQL_DSN: dsn }
  })

  describeSharing()
})

describe('instances that share a collection', () => {
  beforeEach(async () => {
    const database = await cloudbaseDatabase()
    Object.assign(process.env, injectDatabase(database))
    close = database.close
    environment = { USAGE_STORE: 'collection', CLOUDBASE_ENV_ID: 'test-env', CLOUDBASE_APIKEY: 'key' }
  })

  describeSharing()
})

test('an instance gives no more places than max_concurrency while the shared store is down', async () => {
  const dead = `mysql://user:password@127.0.0.1:${await freePort()}/none`
  environment = { USAGE_STORE: 'mysql', MYSQL_DSN: dead }
  const instance = createInstance()
  const places = await Promise.all(Array.from({ length: 9 }, () => instance.acquire(target, 2)))
  const taken = places.filter((release) => release !== undefined)
  expect(taken).toHaveLength(2)
  await taken[0]?.()
  expect(await instance.acquire(target, 2)).toBeDefined()
  await expect(instance.readRests()).rejects.toThrow()
})

describe('instances that share no store', () => {
  beforeEach(() => {
    environment = { USAGE_STORE: 'none' }
  })

  test('give places each for itself, and know no rests of others', async () => {
    const instance = createInstance()
    const places = await Promise.all(Array.from({ length: 9 }, () => instance.acquire(target, 2)))
    expect(places.filter(Boolean)).toHaveLength(2)
    await instance.addRest({ id: getTargetId(target), reason: 'rate', isTold: false, until: Date.now() + 9_000 })
    await instance.removeRests(getTargetId(target))
    expect(await instance.readRests()).toBeUndefined()
  })
})
