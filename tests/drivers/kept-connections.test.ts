import { randomUUID } from 'node:crypto'
import { afterEach, beforeAll, describe, expect, test } from '@jest/globals'
import { collectionLimitStore } from '../../shared/limits/collection-limit-store.ts'
import type { LimitStore } from '../../shared/limits/limit-store.ts'
import { createRateLimiter } from '../../shared/limits/limiter.ts'
import { mysqlLimitStore } from '../../shared/limits/mysql-limit-store.ts'
import { createUsageLedger, type Ledger } from '../../shared/usage/ledger/ledger.ts'
import { mysqlStore } from '../../shared/usage/store/mysql/mysql-store.ts'
import type { UsageStore } from '../../shared/usage/store/store.ts'
import { ageingProxy, type OldConnections } from '../../testing/servers/ageing-proxy.ts'
import { hasDatabase, testDatabase } from '../../testing/servers/test-database.ts'
import { cloudbaseDatabase } from '../../testing/stand-ins/cloudbase-database.ts'
import { captureLog } from '../support/capture-log.ts'
import { createLogin } from '../support/create-login.ts'
import { makeOpening } from '../support/make-opening.ts'
import { collectionAccess, collectionStoreOn } from '../usage/store/stores.ts'

const cleanups: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
})

// Loading the package takes longer than the first try of a write may take.
beforeAll(() => import('@cloudbase/node-sdk'))

const bounds = { perMinute: 8, concurrent: 0 }

/** What an instance keeps connections for. */
interface Instance {
  readonly records: UsageStore
  readonly limits: LimitStore
}

/** A store behind a proxy whose connections can be made old. */
interface OldStore {
  readonly startInstance: () => Instance
  readonly makeOld: (failure: OldConnections) => number
}

const startMysql = async (): Promise<OldStore> => {
  const { dsn } = await testDatabase()
  const proxy = await ageingProxy(createLogin(dsn).port)
  cleanups.push(proxy.close)
  const startInstance = () => {
    const login = Object.assign(createLogin(dsn), { port: proxy.port })
    const options = { login, table: 'usage_of_calls', poolMin: 1, poolMax: 2 }
    const records = mysqlStore(options)
    cleanups.push(records.end)
    return { records, limits: mysqlLimitStore(bounds, options) }
  }
  return { startInstance, makeOld: proxy.makeOld }
}

const startCollection = async (): Promise<OldStore> => {
  const database = await cloudbaseDatabase()
  const proxy = await ageingProxy(Number(new URL(database.url).port))
  cleanups.push(database.close, proxy.close)
  const url = `http://127.0.0.1:${proxy.port}/admin`
  const records = collectionStoreOn({ ...database, url })
  const startInstance = () => {
    return { records, limits: collectionLimitStore(bounds, { ...collectionAccess, collection: 'usage' }) }
  }
  return { startInstance, makeOld: proxy.makeOld }
}

const createLedger = (store: UsageStore): Ledger =>
  createUsageLedger({
    ...{ store, durability: 'intent', failOpen: false, deliver: undefined, maxResponseMs: 60_000 },
    ...{ tariff: { pointsPer1kTokens: '1.0', pointsPerYuan: '500' }, progressEveryMs: 5_000, log: captureLog().log },
  })

const open = (ledger: Ledger): Promise<void> => ledger.open(makeOpening({ requestId: randomUUID() })).opened

const stores: [string, () => Promise<OldStore>][] = [
  ...(hasDatabase ? [['MySQL', startMysql] as [string, () => Promise<OldStore>]] : []),
  ['the collection', startCollection],
]
const cases = stores.flatMap(([name, start]) =>
  (['swallow', 'reset'] as const).map((failure) => ({ name, start, failure })),
)

describe('two kept connections that fail at once', () => {
  test.each(cases)('delay records but reject none ($name, $failure)', async ({ start, failure }) => {
    const { startInstance, makeOld } = await start()
    const ledger = createLedger(startInstance().records)
    await open(ledger)
    await Promise.all([open(ledger), open(ledger)])
    expect(makeOld(failure)).toBe(2)
    await open(ledger)
    await Promise.all([open(ledger), open(ledger)])
    makeOld(failure)
    await Promise.all([open(ledger), open(ledger), open(ledger)])
  })

  test.each(cases)(
    'never multiply a limit by the number of instances ($name, $failure)',
    async ({ start, failure }) => {
      const { startInstance, makeOld } = await start()
      const logged: string[] = []
      const limiters = Array.from({ length: 3 }, () => {
        const { limits: shared } = startInstance()
        const log = (_: string, event: string) => void logged.push(event)
        return { shared, limiter: createRateLimiter({ bounds, leaseMs: 60_000, shared, log }) }
      })
      for (const { shared } of limiters) await Promise.all([shared.prune('u', []), shared.prune('v', [])])
      makeOld(failure)
      const tries = limiters.flatMap(({ limiter }) =>
        Array.from({ length: 8 }, () =>
          limiter.acquire({ user: { id: 'u', kind: 'user', groups: [] }, weight: 1, requestId: 'r' }).then(
            () => 1,
            () => 0,
          ),
        ),
      )
      const accepted = (await Promise.all(tries)).reduce<number>((sum, one) => sum + one, 0)
      expect({ accepted, logged }).toEqual({ accepted: 8, logged: [] })
    },
  )
})
