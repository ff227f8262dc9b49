import { connect, createServer } from 'node:net'
import { setTimeout as wait } from 'node:timers/promises'
import { afterAll, afterEach, beforeEach, expect, test } from '@jest/globals'
import { listening } from '../../scripts/rig/server.ts'
import type { User } from '../../shared/protocol/user.ts'
import type { LimitBounds, LimitStore } from '../../shared/usage/limit-store.ts'
import { limiter } from '../../shared/usage/limiter.ts'
import { mysqlLimits } from '../../shared/usage/mysql-limits.ts'
import type { MysqlConnection } from '../../shared/usage/mysql-pool.ts'
import { mysqlRunner } from '../../shared/usage/mysql-runner.ts'
import { storeTimeoutMs } from '../../shared/usage/usage-store.ts'
import { keptLog } from '../support/kept-log.ts'
import { loginOf } from '../support/login-of.ts'
import { describeWithDatabase, testDatabase } from '../support/test-database.ts'

const user: User = { id: 'u', kind: 'user', groups: [] }

/** A way to the database that loses the next reply on demand, and the connection with it. */
const lossyWay = async ({ host, port: to }: { readonly host: string; readonly port: number }) => {
  let isLosing = false
  const server = await listening(
    createServer((client) => {
      const target = connect(to, host)
      for (const socket of [client, target]) socket.on('error', () => undefined)
      client.pipe(target)
      target.on('data', (bytes) => {
        if (isLosing) client.destroy()
        else client.write(bytes)
        isLosing = false
      })
      target.on('close', () => client.destroy())
      client.on('close', () => target.destroy())
    }),
  )
  const loseNext = (): void => {
    isLosing = true
  }
  return { port: server.port, close: server.close, loseNext }
}

let way: Awaited<ReturnType<typeof lossyWay>>
let connection: MysqlConnection

/** A limiter over the database, and what that one holds. */
const limited = (bounds: LimitBounds) => {
  const store: LimitStore = mysqlLimits(bounds, { connection, table: 'llm_gateway_usage', poolMax: 1 })
  const { log, lines } = keptLog()
  const { reserve } = limiter({ bounds, leaseMs: 300_000, shared: store, log })
  return { ask: () => reserve({ user, answers: 1, requestId: 'r' }), store, lines }
}

describeWithDatabase('a request whose entry is made, but whose reply is lost', () => {
  beforeEach(async () => {
    const login = loginOf((await testDatabase()).dsn)
    way = await lossyWay(login)
    connection = { ...login, host: '127.0.0.1', port: way.port }
  })
  afterEach(async () => {
    await mysqlRunner({ connection, poolMax: 1, createTable: '' }).end()
    await way.close()
  })

  // `mysql2` keeps the timer of a statement whose connection was lost.
  afterAll(() => wait(storeTimeoutMs))

  test('is let in to the last place that it has, and gives it back', async () => {
    const { ask, store, lines } = limited({ perMinute: 10, concurrent: 1 })
    await (await ask())?.()
    way.loseNext()
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
    way.loseNext()
    await ask()
    expect((await store.read('u'))?.leases).toHaveLength(1)
    expect((await store.read('u'))?.grants).toHaveLength(2)
  })
})
