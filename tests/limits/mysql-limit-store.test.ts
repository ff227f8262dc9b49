import { setTimeout as wait } from 'node:timers/promises'
import { afterAll, afterEach, beforeEach, expect, test } from '@jest/globals'
import { createMysql } from '../../shared/drivers/mysql.ts'
import type { MysqlLogin } from '../../shared/drivers/mysql-login.ts'
import type { LimitBounds, LimitStore } from '../../shared/limits/limit-store.ts'
import { createRateLimiter } from '../../shared/limits/limiter.ts'
import { mysqlLimitStore } from '../../shared/limits/mysql-limit-store.ts'
import type { User } from '../../shared/protocol/user.ts'
import { storeTimeoutMs } from '../../shared/usage/store/store.ts'
import { describeWithDatabase, testDatabase } from '../../testing/servers/test-database.ts'
import { keptLog } from '../support/capture-log.ts'
import { loginOf } from '../support/login-of.ts'
import { wayThatLosesReplies } from '../support/lossy-proxy.ts'

const user: User = { id: 'u', kind: 'user', groups: [] }

let way: Awaited<ReturnType<typeof wayThatLosesReplies>>
let ownLogin: MysqlLogin

/** A limiter over the database, and what that one holds. */
const limited = (bounds: LimitBounds) => {
  const store: LimitStore = mysqlLimitStore(bounds, {
    login: ownLogin,
    table: 'llm_gateway_usage',
    poolMin: 1,
    poolMax: 1,
  })
  const { log, lines } = keptLog()
  const { acquire: reserve } = createRateLimiter({ bounds, leaseMs: 300_000, shared: store, log })
  return { ask: () => reserve({ user, weight: 1, requestId: 'r' }), store, lines }
}

describeWithDatabase('a request whose entry is made, but whose reply is lost', () => {
  beforeEach(async () => {
    const login = loginOf((await testDatabase()).dsn)
    way = await wayThatLosesReplies(login.port)
    ownLogin = { ...login, port: way.port }
  })
  afterEach(async () => {
    await createMysql({ login: ownLogin, poolMin: 1, poolMax: 1 }).end()
    await way.close()
  })

  // mysql2 lets the timer of a statement whose connection is lost run on, and a process does not end before it.
  afterAll(() => wait(storeTimeoutMs))

  test('is let in to the last place that it has, and gives it back (R64)', async () => {
    const { ask, store, lines } = limited({ perMinute: 10, concurrent: 1 })
    await (await ask())?.()
    way.loseReplies(1)
    const release = await ask()
    await expect(ask()).rejects.toMatchObject({ code: 'rate_limit_exceeded' })
    await release?.()
    expect((await store.read('u'))?.leases).toEqual([])
    await expect(ask()).resolves.toBeDefined()
    expect(lines).toEqual([])
  })

  test('is counted once, and has one place', async () => {
    const { ask, store } = limited({ perMinute: 10, concurrent: 3 })
    await (await ask())?.()
    way.loseReplies(1)
    await ask()
    expect((await store.read('u'))?.leases).toHaveLength(1)
    expect((await store.read('u'))?.timestamps).toHaveLength(2)
  })
})
