import { createMysql } from '../../shared/drivers/mysql.ts'
import { collectionLimitStore } from '../../shared/limits/collection-limit-store.ts'
import type { LimitBounds, LimitStore } from '../../shared/limits/limit-store.ts'
import { memoryLimitStore } from '../../shared/limits/memory-limit-store.ts'
import { mysqlLimitStore } from '../../shared/limits/mysql-limit-store.ts'
import { testDatabase } from '../../testing/servers/test-database.ts'
import { cloudbaseDatabase } from '../../testing/stand-ins/cloudbase-database.ts'
import { createLogin } from '../support/create-login.ts'
import { injectDatabase, standInCredentials } from '../usage/store/stores.ts'
import { ageMysqlLimits } from './age-mysql-limits.ts'

/** Limits for a test, with nobody known. */
export interface TestLimits {
  /** Opens a door to the same counts, as another instance would have; `bounds` may differ, as after a deployment. */
  readonly door: (bounds: LimitBounds) => LimitStore
  /** Lets time pass, in milliseconds. */
  readonly pass: (milliseconds: number) => Promise<void>
  readonly close: () => Promise<void>
}

/** Makes each kind of limits; those of memory have one door only. */
export const testLimits: Readonly<Record<'collection' | 'mysql' | 'memory', () => Promise<TestLimits>>> = {
  collection: async () => {
    const database = await cloudbaseDatabase()
    Object.assign(process.env, injectDatabase(database))
    const options = { envId: 'test-env', region: 'ap-shanghai', collection: 'usage', credentials: standInCredentials }
    const clock = movedClock()
    return {
      door: (bounds) => collectionLimitStore(bounds, options, clock.now),
      pass: clock.pass,
      close: database.close,
    }
  },
  mysql: async () => {
    const { dsn, query } = await testDatabase()
    const logins = [createLogin(dsn), createLogin(dsn)] as const
    let doors = 0
    return {
      door: (bounds) => {
        const login = logins[doors++ % 2 === 0 ? 0 : 1]
        return mysqlLimitStore(bounds, { login, table: 'llm_gateway_usage', poolMin: 1, poolMax: 3 })
      },
      pass: (milliseconds) => ageMysqlLimits(query, milliseconds),
      close: async () => {
        for (const login of logins) await createMysql({ login, poolMin: 1, poolMax: 1 }).end()
      },
    }
  },
  memory: async () => {
    const clock = movedClock()
    const made = new Map<string, LimitStore>()
    return {
      door: (bounds) => {
        const key = JSON.stringify(bounds)
        const store = made.get(key) ?? memoryLimitStore(bounds, clock.now)
        made.set(key, store)
        return store
      },
      pass: clock.pass,
      close: () => Promise.resolve(),
    }
  },
}

const movedClock = () => {
  let ahead = 0
  return {
    now: () => Date.now() + ahead,
    pass: async (milliseconds: number) => {
      ahead += milliseconds
    },
  }
}
