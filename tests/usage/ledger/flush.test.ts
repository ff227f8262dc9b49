import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals'
import type { DeliverRecord } from '../../../shared/usage/delivery/delivery.ts'
import { type FlushCounts, flush, redrive } from '../../../shared/usage/ledger/flush.ts'
import { settle } from '../../../shared/usage/ledger/settle.ts'
import type { UsageRecord } from '../../../shared/usage/store/record.ts'
import { toFinalFields, toOpenRow, toUsageRecord, type UsageRow } from '../../../shared/usage/store/row.ts'
import type { UsageStore } from '../../../shared/usage/store/store.ts'
import { captureLog } from '../../support/capture-log.ts'
import { describeWithDatabase } from '../../support/describe-with-database.ts'
import { openingOf } from '../../support/make-opening.ts'
import { type TestStore, testStores } from '../store/stores.ts'

const minute = 60_000
const hour = 60 * minute
const start = 1_800_000_000_000
const tariff = { pointsPer1kTokens: '1.0', pointsPerYuan: '500' }

const opening = openingOf({
  requestId: '',
  stream: true,
  prices: { input: '1', output: '1', cache: undefined },
  promptTokens: () => 600_000,
})
const usage = { prompt_tokens: 1, completion_tokens: 2, total_tokens: 3 }

const open = (fields: Partial<UsageRow> = {}): UsageRow => ({
  ...toOpenRow(opening, { now: start, maxMs: 5 * minute, written: true }),
  id: randomUUID(),
  mark: randomUUID(),
  ...fields,
})

const complete = { outcome: 'complete', usage, estimated: false, latencyMs: 1, ttftMs: 1 } as const

/** A row as the end of an answer leaves it when the webhook did not take its record. */
const pending = (): UsageRow => {
  const final = toFinalFields(complete, { points: 1, costNanoYuan: null }, start)
  return open({ ...final, delivery: 'pending', attempts: 1, next_at: start + minute })
}

for (const kind of ['collection', 'mysql', 'file'] as const) {
  const describeStore = kind === 'mysql' ? describeWithDatabase : describe
  describeStore(`the flush of the ${kind} store`, () => {
    let made: TestStore
    let store: UsageStore
    let delivered: UsageRecord[]
    const taking: DeliverRecord = (record) => Promise.resolve(void delivered.push(record))
    const refusing: DeliverRecord = () => Promise.reject(new Error('down'))
    const { log, lines } = captureLog()
    const run = (now: number, deliver?: DeliverRecord, door = store): Promise<FlushCounts> =>
      flush({ store: door, deliver, tariff, budgetMs: 10_000, log, now: () => now })
    const read = async (row: UsageRow): Promise<UsageRow> => (await store.read(row.id)) as UsageRow

    beforeAll(async () => {
      made = await testStores[kind]()
      store = made.store
    })
    beforeEach(() => {
      delivered = []
    })
    afterAll(() => made.close())

    test('tries a record after 1 min, 5 min, 30 min, 2 h, 6 h, then every 12 h to 72 h, gives it up, and can be told to try again (R30)', async () => {
      const row = pending()
      await store.insert(row)
      const tries: number[] = []
      let now = start + minute
      for (;;) {
        expect(await run(now - 1, refusing)).toMatchObject({ postponed: 0, dead: 0 })
        const counts = await run(now, refusing)
        tries.push((now - start) / minute)
        if (counts.dead === 1) break
        expect(counts).toEqual({ orphans: 0, delivered: 0, postponed: 1, dead: 0 })
        now = (await read(row)).next_at
      }
      const hours = [12, 24, 36, 48, 60].map((each) => 516 + each * 60)
      expect(tries).toEqual([1, 6, 36, 156, 516, ...hours, 72 * 60])
      expect(await read(row)).toMatchObject({ delivery: 'dead', attempts: 12 })
      const told = lines.map(({ level, event, fields }) => [level, event, fields['reason']])
      expect(told).toEqual([
        ...Array.from({ length: 10 }, () => ['warn', 'usage_postponed', 'down']),
        ['error', 'usage_dead', 'down'],
      ])
      expect(await run(now + 100 * hour, taking)).toMatchObject({ delivered: 0 })
      expect(await redrive({ store, now: () => now + hour, budgetMs: minute })).toBe(1)
      expect(await run(now + hour, taking)).toMatchObject({ delivered: 1 })
      expect(delivered.map((record) => record.request_id)).toEqual([row.id])
      expect(await read(row)).toMatchObject({ delivery: 'sent', closed_at: start })
    })

    test('makes all that was given up due again, or as much as there is time for', async () => {
      const dead = Array.from({ length: 250 }, () => ({ ...pending(), delivery: 'dead', attempts: 12 }) as const)
      for (const row of dead) await store.insert(row)
      const again = { store, now: () => start + hour }
      expect(await redrive({ ...again, budgetMs: 0 })).toBe(0)
      expect(await redrive({ ...again, budgetMs: minute })).toBe(250)
      expect(await redrive({ ...again, budgetMs: minute })).toBe(0)
      expect(await read(dead[249] ?? pending())).toMatchObject({ delivery: 'pending', attempts: 0 })
      await run(start + hour, taking)
    })

    test('delivers again what was under way when its run died, once the lease is over', async () => {
      const row = pending()
      await store.insert(row)
      let died: () => void = () => undefined
      const dying = run(start + minute, () => new Promise((_, reject) => (died = () => reject(new Error('killed')))))
      while ((await read(row)).attempts < 2) await new Promise((resolve) => setImmediate(resolve))
      expect(await run(start + 2 * minute, taking)).toMatchObject({ delivered: 0 })
      expect(await run(start + 3 * minute, taking)).toMatchObject({ delivered: 1 })
      died()
      expect(await dying).toMatchObject({ delivered: 0, postponed: 0, dead: 0 })
      expect(await read(row)).toMatchObject({ delivery: 'sent' })
    })

    test('closes an answer whose function died, at what was delivered by its last progress (R34)', async () => {
      const row = open({ progress_tokens: 400_000 })
      await store.insert(row)
      const deadline = start + 5 * minute
      expect(await run(deadline + minute - 1, taking)).toMatchObject({ orphans: 0 })
      expect(await run(deadline + minute, taking)).toMatchObject({ orphans: 1, delivered: 1 })
      expect(delivered).toEqual([
        expect.objectContaining({
          request_id: row.id,
          usage: { prompt_tokens: 600_000, completion_tokens: 400_000, total_tokens: 1_000_000 },
          points: 500,
          metadata: expect.objectContaining({ outcome: 'orphan', estimated: true, cost_cny: '1' }),
        }),
      ])
    })

    test('charges nothing for an orphan of which nothing is known to have been delivered', async () => {
      const row = open()
      await store.insert(row)
      expect(await run(start + hour)).toEqual({ orphans: 1, delivered: 0, postponed: 0, dead: 0 })
      expect(await read(row)).toMatchObject({ state: 'final', outcome: 'orphan', total_tokens: 0, delivery: 'none' })
    })

    test('by a clock ten minutes behind leaves everything for later, and loses nothing by it (R35)', async () => {
      const rows = [open({ deadline_at: start }), pending()]
      for (const row of rows) await store.insert(row)
      await run(start - 10 * minute, taking)
      expect((await Promise.all(rows.map(read))).map(({ state }) => state)).toEqual(['open', 'final'])
      await run(start + 2 * minute, taking)
      expect((await Promise.all(rows.map(read))).map(({ state, delivery }) => [state, delivery])).toEqual([
        ['final', 'sent'],
        ['final', 'sent'],
      ])
    })

    test('by a clock ten minutes ahead may end an answer that still runs, which stays one record under one id (R35)', async () => {
      const row = open({ progress_tokens: 7 })
      await store.insert(row)
      await run(start + 10 * minute, taking)
      expect(await read(row)).toMatchObject({ state: 'final', outcome: 'orphan' })
      const final = toFinalFields(complete, { points: 1, costNanoYuan: null }, start)
      await settle(
        { row, final, record: toUsageRecord({ ...row, ...final }), opened: 'yes' },
        { store, deliver: taking, onFailure: () => undefined, log: captureLog().log },
      )
      expect(await read(row)).toMatchObject({ state: 'final', outcome: 'orphan', delivery: 'sent' })
      expect(new Set(delivered.map(({ request_id: id }) => id))).toEqual(new Set([row.id]))
    })

    test('run four times at once wins each transition once and delivers everything (R34)', async () => {
      const rows = [...Array.from({ length: 60 }, pending), ...Array.from({ length: 20 }, () => open())]
      for (const row of rows) await store.insert(row)
      const doors = [store, made.other, store, made.other]
      const counts = await Promise.all(doors.map((door) => run(start + hour, taking, door)))
      expect(counts.reduce((sum, { orphans }) => sum + orphans, 0)).toBe(20)
      expect(counts.reduce((sum, each) => sum + each.delivered, 0)).toBe(80)
      expect(delivered.map((record) => record.request_id).sort()).toEqual(rows.map(({ id }) => id).sort())
    })
  })
}
