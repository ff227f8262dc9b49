import { createMysql } from '../../shared/drivers/mysql.ts'
import { collectionLimitStore } from '../../shared/limits/collection-limit-store.ts'
import type { LimitBounds, LimitStore } from '../../shared/limits/limit-store.ts'
import { memoryLimitStore } from '../../shared/limits/memory-limit-store.ts'
import { mysqlLimitStore } from '../../shared/limits/mysql-limit-store.ts'
import { rdbLimitStore } from '../../shared/limits/rdb-limit-store.ts'
import { testDatabase } from '../../testing/servers/test-database.ts'
import { cloudbaseDatabase } from '../../testing/stand-ins/cloudbase-database.ts'
import { createLogin } from '../support/create-login.ts'
import { collectionAccess, injectDatabase, longTimeouts, rdbAccess, startRdb } from '../usage/store/stores.ts'
import { ageMysqlLimits } from './age-mysql-limits.ts'

/** One kind of limit store for a test, without any counts. */
export interface TestLimits {
  /** Opens a store on the same counts, as another instance does. `bounds` may differ, as after a deployment. */
  readonly openStore: (bounds: LimitBounds) => LimitStore
  /** Moves the store's clock forward. */
  readonly advance: (milliseconds: number) => Promise<void>
  readonly close: () => Promise<void>
}

let rdb: ReturnType<typeof startRdb> | undefined

/** A start takes seconds, so the tests of a file share one server. */
const getRdb = (): ReturnType<typeof startRdb> => {
  rdb ??= startRdb()
  return rdb
}

/** Ends the server that the tests of a file shared. */
export const endRdb = async (): Promise<void> => (await rdb)?.close()

/** Creates each kind of limits. In memory, stores with the same bounds are one. */
export const testLimits: Readonly<Record<'collection' | 'mysql' | 'rdb' | 'memory', () => Promise<TestLimits>>> = {
  collection: async () => {
    const database = await cloudbaseDatabase()
    Object.assign(process.env, injectDatabase(database))
    const options = { ...collectionAccess, collection: 'usage', ...longTimeouts }
    const clock = createStandingClock()
    return {
      openStore: (bounds) => collectionLimitStore(bounds, options, clock.now),
      advance: clock.advance,
      close: database.close,
    }
  },
  mysql: async () => {
    const { dsn, query } = await testDatabase()
    const logins = [createLogin(dsn), createLogin(dsn)] as const
    let opened = 0
    return {
      openStore: (bounds) => {
        const login = logins[opened++ % 2 === 0 ? 0 : 1]
        return mysqlLimitStore(bounds, { login, table: 'llm_gateway_usage', poolMin: 1, poolMax: 3 })
      },
      advance: (milliseconds) => ageMysqlLimits(query, milliseconds),
      close: async () => {
        for (const login of logins) await createMysql({ login, poolMin: 1, poolMax: 1 }).end()
      },
    }
  },
  rdb: async () => {
    const { query } = await getRdb()
    const clock = createStandingClock()
    const options = { ...rdbAccess, table: 'llm_gateway_usage', ...longTimeouts }
    return {
      openStore: (bounds) => rdbLimitStore(bounds, options, clock.now),
      advance: clock.advance,
      close: async () => void (await query('TRUNCATE llm_gateway_usage_limits')),
    }
  },
  memory: async () => {
    const clock = createStandingClock()
    const stores = new Map<string, LimitStore>()
    return {
      openStore: (bounds) => {
        const key = JSON.stringify(bounds)
        const store = stores.get(key) ?? memoryLimitStore(bounds, clock.now)
        stores.set(key, store)
        return store
      },
      advance: clock.advance,
      close: () => Promise.resolve(),
    }
  },
}

/** Creates a clock that only `advance` moves: a slow store does not. */
const createStandingClock = () => {
  let now = Date.now()
  return {
    now: () => now,
    advance: async (milliseconds: number) => {
      now += milliseconds
    },
  }
}
