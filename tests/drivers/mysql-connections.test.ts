import { randomUUID } from 'node:crypto'
import { connect, createServer, type Socket } from 'node:net'
import { setTimeout as wait } from 'node:timers/promises'
import { expect, test } from '@jest/globals'
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

/** A way to the database that counts who holds it. The database itself may list a connection for a while that its client gave
 *  up, after a statement that took too long. */
const countedWay = async ({ host, port: to }: { readonly host: string; readonly port: number }) => {
  const clients = new Set<Socket>()
  const server = await listenOnLoopback(
    createServer((client) => {
      const target = connect(to, host)
      for (const socket of [client, target]) socket.on('error', () => undefined)
      clients.add(client)
      client.pipe(target)
      target.pipe(client)
      target.on('close', () => client.destroy())
      client.on('close', () => {
        clients.delete(client)
        target.destroy()
      })
    }),
  )
  const close = () => {
    for (const client of clients) client.destroy()
    return server.close()
  }
  return { port: server.port, close, connections: () => clients.size }
}

describeWithDatabase('the connections of one instance', () => {
  test('are never more than MYSQL_POOL_MAX for its records and one for its model map, however many requests there are (R28)', async () => {
    const { dsn } = await testDatabase()
    const login = createLogin(dsn)
    const way = await countedWay(login)
    const store = mysqlStore({
      login: { ...login, host: '127.0.0.1', port: way.port },
      table: 'llm_gateway_usage',
      poolMin: 1,
      poolMax,
    })
    const counted = Object.assign(new URL(dsn), { host: `127.0.0.1:${way.port}` }).href
    const models = createInstance({ MYSQL_DSN: counted, MYSQL_POOL_MAX: String(poolMax), MYSQL_POOL_MIN: '1' })
    const row = () => toOpenRow({ ...opening, requestId: randomUUID() }, { now: 1, maxMs: 1, written: true })
    const work = Promise.all([
      ...Array.from({ length: 200 }, () => store.insert(row())),
      ...Array.from({ length: 20 }, () => models.reload({ force: true })),
    ])
    const counts = await countUntil(work, way.connections)
    await store.end()
    await way.close()
    expect(counts.length).toBeGreaterThan(3)
    expect(Math.max(...counts)).toBeGreaterThan(1)
    expect(Math.max(...counts)).toBeLessThanOrEqual(poolMax + 1)
  })
})

/** What is counted each millisecond, until some work is done. */
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
