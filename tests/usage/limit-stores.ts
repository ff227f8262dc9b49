import { collectionLimits } from '../../shared/usage/collection-limits.ts'
import type { LimitBounds, LimitStore } from '../../shared/usage/limit-store.ts'
import { memoryLimits } from '../../shared/usage/memory-limits.ts'
import { mysqlLimits } from '../../shared/usage/mysql-limits.ts'
import { mysqlRunner } from '../../shared/usage/mysql-runner.ts'
import { cloudbaseDatabase } from '../stand-ins/cloudbase-database.ts'
import { loginOf } from '../support/login-of.ts'
import { testDatabase } from '../support/test-database.ts'
import { ageMysqlLimits } from './age-mysql-limits.ts'
import { injectDatabase, standInCredentials } from './stores.ts'

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
      door: (bounds) => collectionLimits(bounds, options, clock.now),
      pass: clock.pass,
      close: database.close,
    }
  },
  mysql: async () => {
    const { dsn, query } = await testDatabase()
    const connections = [loginOf(dsn), loginOf(dsn)] as const
    let doors = 0
    return {
      door: (bounds) => {
        const connection = connections[doors++ % 2 === 0 ? 0 : 1]
        return mysqlLimits(bounds, { connection, table: 'llm_gateway_usage', poolMax: 3 })
      },
      pass: (milliseconds) => ageMysqlLimits(query, milliseconds),
      close: async () => {
        for (const connection of connections) await mysqlRunner({ connection, poolMax: 1, createTable: '' }).end()
      },
    }
  },
  memory: async () => {
    const clock = movedClock()
    const made = new Map<string, LimitStore>()
    return {
      door: (bounds) => {
        const key = JSON.stringify(bounds)
        const store = made.get(key) ?? memoryLimits(bounds, clock.now)
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
