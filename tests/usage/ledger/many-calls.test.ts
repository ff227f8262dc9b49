import { randomUUID } from 'node:crypto'
import { afterEach, expect, test } from '@jest/globals'
import { createUsageLedger, type Ledger } from '../../../shared/usage/ledger/ledger.ts'
import { mysqlStore } from '../../../shared/usage/store/mysql/mysql-store.ts'
import type { Closing } from '../../../shared/usage/store/record.ts'
import type { UsageStore } from '../../../shared/usage/store/store.ts'
import { ageingProxy } from '../../../testing/servers/ageing-proxy.ts'
import { testDatabase } from '../../../testing/servers/test-database.ts'
import { cloudbaseDatabase } from '../../../testing/stand-ins/cloudbase-database.ts'
import { captureLog } from '../../support/capture-log.ts'
import { createLogin } from '../../support/create-login.ts'
import { describeWithDatabase } from '../../support/describe-with-database.ts'
import { makeOpening } from '../../support/make-opening.ts'
import { collectionStoreOn } from '../store/stores.ts'

const cleanups: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
})

const createLedger = (store: UsageStore): { ledger: Ledger; events: () => string[] } => {
  const { log, lines } = captureLog()
  const ledger = createUsageLedger({
    ...{ store, durability: 'intent', failOpen: false, deliver: undefined, maxResponseMs: 60_000 },
    ...{ tariff: { pointsPer1kTokens: '1.0', pointsPerYuan: '500' }, progressEveryMs: 5_000, log },
  })
  return { ledger, events: () => lines.map(({ event }) => event) }
}

const usage = { prompt_tokens: 3, completion_tokens: 2, total_tokens: 5 }
const closing: Closing = { outcome: 'complete', usage, estimated: false, latencyMs: 1, ttftMs: 1 }

const openMany = (ledger: Ledger, count: number) =>
  Array.from({ length: count }, () => ledger.open(makeOpening({ requestId: randomUUID() })))

describeWithDatabase('200 calls at once on a database that takes 30 ms for each statement, over one connection', () => {
  test('are all recorded: waiting for one another is no failure of the store (R29)', async () => {
    const { dsn, query } = await testDatabase()
    const proxy = await ageingProxy(createLogin(dsn).port, { replyDelayMs: 30 })
    const login = { ...createLogin(dsn), port: proxy.port }
    const store = mysqlStore({ login, table: 'llm_gateway_usage', poolMin: 1, poolMax: 1 })
    cleanups.push(proxy.close, store.end)
    const { ledger, events } = createLedger(store)
    const entries = openMany(ledger, 200)
    await Promise.all(entries.map(({ opened }) => opened))
    await Promise.all(entries.map(({ close, getCharge }) => close(closing, getCharge(closing))))
    const countFinal = async () =>
      Number((await query("SELECT COUNT(*) AS n FROM llm_gateway_usage WHERE state = 'final'"))[0]?.['n'])
    while ((await countFinal()) < 200) await new Promise((resolve) => setTimeout(resolve, 50))
    expect(events()).not.toContain('usage_degraded')
  }, 60_000)

  test('do not fail because of one whose row the database refuses', async () => {
    const { dsn } = await testDatabase()
    const store = mysqlStore({ login: createLogin(dsn), table: 'llm_gateway_usage', poolMin: 1, poolMax: 2 })
    cleanups.push(store.end)
    const { ledger } = createLedger(store)
    const entries = openMany(ledger, 20)
    const refused = ledger.open(makeOpening({ requestId: 'x'.repeat(65) }))
    const more = openMany(ledger, 20)
    await expect(refused.opened).rejects.toMatchObject({ code: 'usage_unavailable' })
    await Promise.all([...entries, ...more].map(({ opened }) => opened))
  })
})

test('needs few requests to the collection for 200 calls at once', async () => {
  const database = await cloudbaseDatabase()
  cleanups.push(database.close)
  const { ledger } = createLedger(collectionStoreOn(database))
  await Promise.all(openMany(ledger, 200).map(({ opened }) => opened))
  expect(database.documents('usage')).toHaveLength(200)
  expect(database.actions.filter((action) => action === 'database.insertDocument').length).toBeLessThan(20)
})
