import { randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { connect, createServer, type Socket } from 'node:net'
import { setTimeout as wait } from 'node:timers/promises'
import { afterEach, expect, test } from '@jest/globals'
import { parseDsn } from '../../shared/gateway/config/mysql-dsn.ts'
import type { LimitStore } from '../../shared/limits/limit-store.ts'
import { mysqlLimitStore } from '../../shared/limits/mysql-limit-store.ts'
import { mysqlStore } from '../../shared/usage/store/mysql/mysql-store.ts'
import { toOpenRow } from '../../shared/usage/store/row.ts'
import { listenOnLoopback } from '../../testing/servers/loopback-server.ts'
import { testDatabase } from '../../testing/servers/test-database.ts'
import { createInstance } from '../support/create-instance.ts'
import { createLogin } from '../support/create-login.ts'
import { describeWithDatabase } from '../support/describe-with-database.ts'
import { makeOpening } from '../support/make-opening.ts'

const poolMax = 2

const opening = makeOpening({ stream: true, promptTokens: () => 1 })

const cleanups: (() => Promise<void>)[] = []

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
})

/** A proxy of the database that counts its clients. The database itself may list a connection for a while after its
 *  client gave it up, because of a statement that took too long. */
const startCountingProxy = async () => {
  const { dsn, query } = await testDatabase()
  const { host, port: target } = createLogin(dsn)
  const clients = new Set<Socket>()
  const server = await listenOnLoopback(
    createServer((client) => {
      const upstream = connect(target, host)
      for (const socket of [client, upstream]) socket.on('error', () => undefined)
      clients.add(client)
      client.pipe(upstream)
      upstream.pipe(client)
      upstream.on('close', () => client.destroy())
      client.on('close', () => {
        clients.delete(client)
        upstream.destroy()
      })
    }),
  )
  cleanups.push(() => {
    for (const client of clients) client.destroy()
    return server.close()
  })
  const proxied = Object.assign(new URL(dsn), { host: `127.0.0.1:${server.port}` }).href
  return { dsn: proxied, query, connections: () => clients.size }
}

/** The model map, the records and the rate limits of one instance: they log in alike, as with one environment. */
const startInstance = (dsn: string, poolMin: number) => {
  const login = parseDsn(dsn, 'disabled')
  if (!login) throw new TypeError('This is no data source name.')
  const pool = { login, poolMin, poolMax }
  const records = mysqlStore({ ...pool, table: 'llm_gateway_usage' })
  const limits = mysqlLimitStore({ perMinute: 1_000, concurrent: 1_000 }, { ...pool, table: 'llm_gateway_limits' })
  const models = createInstance({ MYSQL_DSN: dsn, MYSQL_POOL_MAX: String(poolMax), MYSQL_POOL_MIN: String(poolMin) })
  cleanups.push(records.end)
  return { records, limits, models }
}

/** Enters a request of a user. */
const enter = async (limits: LimitStore, user: string): Promise<void> => {
  await limits.prune(user, [])
  await limits.tryAcquire({ user, weight: 1, lease: undefined })
}

const createRow = () => toOpenRow({ ...opening, requestId: randomUUID() }, { now: 1, maxMs: 1, written: true })

describeWithDatabase('the connections of one instance', () => {
  test('are never more than MYSQL_POOL_MAX for records, limits and model map together, however many requests there are (R28)', async () => {
    const { dsn, query, connections } = await startCountingProxy()
    for (const file of ['model-map', 'state']) await query(readFileSync(`scripts/sql/${file}.sql`, 'utf8'))
    const { records, limits, models } = startInstance(dsn, 1)
    const work = Promise.all([
      ...Array.from({ length: 200 }, () => records.insert([createRow()])),
      ...Array.from({ length: 20 }, () => models.reload({ force: true })),
      ...Array.from({ length: 20 }, (_, index) => enter(limits, `user-${index}`)),
    ])
    const counts = await countUntil(work, connections)
    expect(counts.length).toBeGreaterThan(3)
    expect(Math.max(...counts)).toBe(poolMax)
    expect(connections()).toBeGreaterThan(0)
  })

  test('are all closed when none is in use, with MYSQL_POOL_MIN=0, and no work fails because of that', async () => {
    const { dsn, connections } = await startCountingProxy()
    const { records } = startInstance(dsn, 0)
    for (let round = 0; round < 3; round++) {
      await Promise.all(Array.from({ length: 10 }, () => records.insert([createRow()])))
      for (let tries = 0; tries < 100 && connections() > 0; tries++) await wait(10)
      expect(connections()).toBe(0)
    }
    // Work that begins at any moment of the end of other work.
    const staggered = Array.from({ length: 60 }, async (_, index) => {
      await wait(index)
      await records.insert([createRow()])
    })
    expect((await Promise.allSettled(staggered)).filter(({ status }) => status === 'rejected')).toEqual([])
  })
})

/** Counts each millisecond until the work is done. */
const countUntil = async (work: Promise<unknown>, count: () => number): Promise<number[]> => {
  let isDone = false
  const finished = work.finally(() => {
    isDone = true
  })
  const counts: number[] = []
  while (!isDone) {
    counts.push(count())
    await wait(1)
  }
  await finished
  return counts
}
