import { setTimeout as wait } from 'node:timers/promises'
import { afterAll, afterEach, beforeEach, expect, test } from '@jest/globals'
import { createMysql } from '../../shared/drivers/mysql.ts'
import type { MysqlLogin } from '../../shared/drivers/mysql-login.ts'
import type { LimitBounds, LimitStore } from '../../shared/limits/limit-store.ts'
import { createRateLimiter } from '../../shared/limits/limiter.ts'
import { mysqlLimitStore } from '../../shared/limits/mysql-limit-store.ts'
import type { User } from '../../shared/protocol/user.ts'
import { storeTimeoutMs } from '../../shared/usage/store/store.ts'
import { lossyProxy } from '../../testing/servers/lossy-proxy.ts'
import { testDatabase } from '../../testing/servers/test-database.ts'
import { captureLog } from '../support/capture-log.ts'
import { createLogin } from '../support/create-login.ts'
import { describeWithDatabase } from '../support/describe-with-database.ts'

const user: User = { id: 'u', kind: 'user', groups: [] }

let proxy: Awaited<ReturnType<typeof lossyProxy>>
let proxyLogin: MysqlLogin

/** Creates a limiter over the database, and the store that it uses. */
const createLimiter = (bounds: LimitBounds) => {
  const store: LimitStore = mysqlLimitStore(bounds, {
    login: proxyLogin,
    table: 'llm_gateway_usage',
    poolMin: 1,
    poolMax: 1,
  })
  const { log, lines } = captureLog()
  const limiter = createRateLimiter({ bounds, leaseMs: 300_000, shared: store, log })
  return { acquire: () => limiter.acquire({ user, weight: 1, requestId: 'r' }), store, lines }
}

describeWithDatabase('a request that is counted although the reply is lost', () => {
  beforeEach(async () => {
    const login = createLogin((await testDatabase()).dsn)
    proxy = await lossyProxy(login.port)
    proxyLogin = { ...login, port: proxy.port }
  })
  afterEach(async () => {
    await createMysql({ login: proxyLogin, poolMin: 1, poolMax: 1 }).end()
    await proxy.close()
  })

  // mysql2 keeps the timer of a statement whose connection is lost, and the process does not end before that timer.
  afterAll(() => wait(storeTimeoutMs))

  test('is accepted into the last slot, which it holds, and releases it (R64)', async () => {
    const { acquire, store, lines } = createLimiter({ perMinute: 10, concurrent: 1 })
    await (await acquire())?.()
    proxy.loseReplies(1)
    const release = await acquire()
    await expect(acquire()).rejects.toMatchObject({ code: 'rate_limit_exceeded' })
    await release?.()
    expect((await store.read('u'))?.leases).toEqual([])
    await expect(acquire()).resolves.toBeDefined()
    expect(lines).toEqual([])
  })

  test('is counted once and holds one slot', async () => {
    const { acquire, store } = createLimiter({ perMinute: 10, concurrent: 3 })
    await (await acquire())?.()
    proxy.loseReplies(1)
    await acquire()
    expect((await store.read('u'))?.leases).toHaveLength(1)
    expect((await store.read('u'))?.timestamps).toHaveLength(2)
  })
})
