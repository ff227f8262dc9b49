import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { readConfig } from '../../shared/gateway/config/config.ts'
import type { Variables } from '../../shared/gateway/config/variables/variable.ts'
import { flushUsage } from '../../shared/gateway/flush/flush-usage.ts'
import { fileStore } from '../../shared/usage/store/file/file-store.ts'
import { toFinalFields, toOpenRow, type UsageRow } from '../../shared/usage/store/row.ts'
import { type LoopbackServer, loopbackServer } from '../../testing/servers/loopback-server.ts'
import { testDatabase } from '../../testing/servers/test-database.ts'
import { describeWithDatabase } from '../support/describe-with-database.ts'
import { makeOpening } from '../support/make-opening.ts'

let folder: string
let receiver: LoopbackServer
let taken = 0
/** The status of the receiver's replies. */
let status = 200

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'flush-'))
  receiver = await loopbackServer((request, response) => {
    request.resume()
    taken++
    response.writeHead(status).end()
  })
})

afterAll(async () => {
  await receiver.close()
  await rm(folder, { recursive: true })
})

const dead = (id: string): UsageRow => {
  const opening = makeOpening({ requestId: id })
  const usage = { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2, blob: 'x'.repeat(100_000) }
  const closing = { outcome: 'complete', usage, estimated: false, latencyMs: 1, ttftMs: 1 } as const
  const final = toFinalFields(closing, { points: 0, costNanoYuan: null }, 1_000)
  return { ...toOpenRow(opening, { now: 1_000, maxMs: 1, written: true }), ...final, delivery: 'dead' }
}

const environment = (): Record<string, string> => ({
  LOG_LEVEL: 'error',
  DISABLE_AUTH: 'true',
  USAGE_STORE: 'file',
  USAGE_FILE: join(folder, 'usage.jsonl'),
  BILLING_WEBHOOK_URL: receiver.url,
})

const flushWith = (variables: Variables, live: Variables = {}) => flushUsage(readConfig(variables), live)

describe('the function that flushes', () => {
  const nothing = { ok: true, redriven: 0, orphans: 0, delivered: 0, postponed: 0, dead: 0 }

  test('does nothing without a store, and reports that', async () => {
    expect(await flushWith({ LOG_LEVEL: 'error', DISABLE_AUTH: 'true' })({}, {})).toEqual(nothing)
  })

  test('delivers dead records only if the event holds redrive', async () => {
    await fileStore(join(folder, 'usage.jsonl')).insert([dead('a')])
    const main = flushWith(environment())
    expect(await main({}, {})).toEqual(nothing)
    expect(await main({ redrive: true }, {})).toEqual({ ...nothing, redriven: 1, delivered: 1 })
    expect(taken).toBe(1)
  })

  test('uses the event’s now for due deliveries, and closes no call that still runs', async () => {
    const now = Date.now()
    const store = fileStore(join(folder, 'usage.jsonl'))
    const pending = { ...dead('late'), delivery: 'pending', next_at: now + 3_600_000 } as const
    await store.insert([pending])
    await store.insert([{ ...dead('running'), state: 'open', deadline_at: now + 60_000, delivery: 'none' }])
    const main = flushWith(environment())
    expect(await main({}, {})).toEqual(nothing)
    expect(await main({ now: now + 7_200_000 }, {})).toEqual({ ...nothing, delivered: 1 })
    expect(await store.read('running')).toMatchObject({ state: 'open' })
    expect(await store.read('late')).toMatchObject({ delivery: 'sent' })
  })

  test.each([1e15, Number.MAX_VALUE])(
    'bounds the event’s now, so that no attempt moves out of reach: %d',
    async (now) => {
      const hour = 3_600_000
      const store = fileStore(join(folder, 'usage.jsonl'))
      const id = `far-${now}`
      await store.insert([{ ...dead(id), delivery: 'pending', next_at: Date.now() + hour, attempts: 1 }])
      status = 503
      expect(await flushWith(environment())({ now }, {})).toEqual({ ...nothing, postponed: 1 })
      status = 200
      const { next_at: nextAt = 0 } = (await store.read(id)) ?? {}
      expect(nextAt).toBeLessThan(Date.now() + 73 * hour)
    },
  )

  test.each([0, -1e15])('delivers due records though the event’s now is in the past: %d', async (now) => {
    const store = fileStore(join(folder, 'usage.jsonl'))
    await store.insert([{ ...dead(`past-${now}`), delivery: 'pending', next_at: Date.now() - 1, attempts: 1 }])
    expect(await flushWith(environment())({ now }, {})).toEqual({ ...nothing, delivered: 1 })
  })

  test('rejects an app’s user, who could otherwise close calls that still run', async () => {
    const asUser = flushWith(environment(), { TCB_UUID: 'user-1' })
    expect(await asUser({ now: Date.now() * 2 }, {})).toMatchObject({ ok: false, code: 'PERMISSION_DENIED' })
  })

  test('reports a store that does not respond', async () => {
    const variables = { ...environment(), USAGE_STORE: 'mysql', MYSQL_DSN: 'mysql://u:p@127.0.0.1:1/db' }
    expect(await flushWith(variables)({}, {})).toMatchObject({ ok: false, code: 'INTERNAL_ERROR' })
  })
})

test('drops usage details that no column can store, and keeps the counts', () => {
  expect(dead('b').usage).toBe('{"prompt_tokens":1,"completion_tokens":1,"total_tokens":2}')
})

describeWithDatabase('the function that flushes a MySQL table', () => {
  test('keeps no connection until its next run', async () => {
    const { dsn, name, query } = await testDatabase()
    const main = flushWith({ ...environment(), USAGE_STORE: 'mysql', MYSQL_DSN: dsn })
    for (const _ of [1, 2]) {
      expect(await main({}, {})).toMatchObject({ ok: true })
      const sql = `SELECT COUNT(*) AS others FROM information_schema.processlist WHERE db = '${name}' AND id <> CONNECTION_ID()`
      const countOthers = async () => Number((await query(sql))[0]?.['others'])
      // The server notices a moment later that a connection is closed, that of the count before included.
      let others = await countOthers()
      for (let polls = 0; others > 0 && polls < 500; polls++) {
        await wait(10)
        others = await countOthers()
      }
      expect(others).toBe(0)
    }
  })
})
