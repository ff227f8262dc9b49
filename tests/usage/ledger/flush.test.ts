import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals'
import type { DeliverRecord } from '../../../shared/usage/delivery/delivery.ts'
import { type FlushCounts, flush } from '../../../shared/usage/ledger/flush.ts'
import { redrive } from '../../../shared/usage/ledger/redrive.ts'
import { settle } from '../../../shared/usage/ledger/settle.ts'
import type { UsageRecord } from '../../../shared/usage/store/record.ts'
import { toFinalFields, toOpenRow, toUsageRecord, type UsageRow } from '../../../shared/usage/store/row.ts'
import type { UsageStore } from '../../../shared/usage/store/store.ts'
import { captureLog } from '../../support/capture-log.ts'
import { describeWithDatabase } from '../../support/describe-with-database.ts'
import { makeOpening } from '../../support/make-opening.ts'
import { type TestStore, testStores } from '../store/stores.ts'

const minute = 60_000
const hour = 60 * minute
const start = 1_800_000_000_000
const tariff = { pointsPer1kTokens: '1.0', pointsPerYuan: '500' }

const opening = makeOpening({
  requestId: '',
  stream: true,
  prices: { input: '1', output: '1', cache: undefined },
  promptTokens: () => 600_000,
})
const usage = { prompt_tokens: 1, completion_tokens: 2, total_tokens: 3 }

const createOpenRow = (fields: Partial<UsageRow> = {}): UsageRow => ({
  ...toOpenRow(opening, { now: start, maxMs: 5 * minute, written: true }),
  id: randomUUID(),
  mark: randomUUID(),
  ...fields,
})

const complete = { outcome: 'complete', usage, estimated: false, latencyMs: 1, ttftMs: 1 } as const

/** A row of a call that has ended and whose record the webhook did not take. */
const createPendingRow = (): UsageRow => {
  const final = toFinalFields(complete, { points: 1, costNanoYuan: null }, start)
  return createOpenRow({ ...final, delivery: 'pending', attempts: 1, next_at: start + minute })
}

for (const kind of ['collection', 'mysql', 'file'] as const) {
  const describeStore = kind === 'mysql' ? describeWithDatabase : describe
  describeStore(`the flush of the ${kind} store`, () => {
    let testStore: TestStore
    let store: UsageStore
    let delivered: UsageRecord[]
    const accept: DeliverRecord = (record) => Promise.resolve(void delivered.push(record))
    const refuse: DeliverRecord = () => Promise.reject(new Error('down'))
    const { log, lines } = captureLog()
    const run = (now: number, deliver?: DeliverRecord, through = store): Promise<FlushCounts> =>
      flush({ store: through, deliver, tariff, budgetMs: 10_000, log, now: () => now })
    const read = async (row: UsageRow): Promise<UsageRow> => (await store.read(row.id)) as UsageRow

    beforeAll(async () => {
      testStore = await testStores[kind]()
      store = testStore.store
    })
    beforeEach(() => {
      delivered = []
    })
    afterAll(() => testStore.close())

    test('tries a record after 1 min, 5 min, 30 min, 2 h, 6 h, then every 12 h to 72 h, gives it up, and tries again after a redrive (R30)', async () => {
      const row = createPendingRow()
      await store.insert([row])
      const tries: number[] = []
      let now = start + minute
      for (;;) {
        expect(await run(now - 1, refuse)).toMatchObject({ postponed: 0, dead: 0 })
        const counts = await run(now, refuse)
        tries.push((now - start) / minute)
        if (counts.dead === 1) break
        expect(counts).toEqual({ orphans: 0, delivered: 0, postponed: 1, dead: 0 })
        now = (await read(row)).next_at
      }
      const hours = [12, 24, 36, 48, 60].map((each) => 516 + each * 60)
      expect(tries).toEqual([1, 6, 36, 156, 516, ...hours, 72 * 60])
      expect(await read(row)).toMatchObject({ delivery: 'dead', attempts: 12 })
      const logged = lines.map(({ level, event, fields }) => [level, event, fields['reason']])
      expect(logged).toEqual([
        ...Array.from({ length: 10 }, () => ['warn', 'usage_postponed', 'down']),
        ['error', 'usage_dead', 'down'],
      ])
      expect(await run(now + 100 * hour, accept)).toMatchObject({ delivered: 0 })
      expect(await redrive({ store, now: () => now + hour, budgetMs: minute })).toBe(1)
      expect(await run(now + hour, accept)).toMatchObject({ delivered: 1 })
      expect(delivered.map((record) => record.request_id)).toEqual([row.id])
      expect(await read(row)).toMatchObject({ delivery: 'sent', closed_at: start })
    })

    test('makes all records that were given up due again, or as many as the time allows', async () => {
      const dead = Array.from(
        { length: 250 },
        () => ({ ...createPendingRow(), delivery: 'dead', attempts: 12 }) as const,
      )
      for (const row of dead) await store.insert([row])
      const again = { store, now: () => start + hour }
      expect(await redrive({ ...again, budgetMs: 0 })).toBe(0)
      expect(await redrive({ ...again, budgetMs: minute })).toBe(250)
      expect(await redrive({ ...again, budgetMs: minute })).toBe(0)
      expect(await read(dead[249] ?? createPendingRow())).toMatchObject({ delivery: 'pending', attempts: 0 })
      await run(start + hour, accept)
    })

    test('delivers the record of a run that died again when the lease is over', async () => {
      const row = createPendingRow()
      await store.insert([row])
      let died: () => void = () => undefined
      const dying = run(start + minute, () => new Promise((_, reject) => (died = () => reject(new Error('killed')))))
      while ((await read(row)).attempts < 2) await new Promise((resolve) => setImmediate(resolve))
      expect(await run(start + 2 * minute, accept)).toMatchObject({ delivered: 0 })
      expect(await run(start + 3 * minute, accept)).toMatchObject({ delivered: 1 })
      died()
      expect(await dying).toMatchObject({ delivered: 0, postponed: 0, dead: 0 })
      expect(await read(row)).toMatchObject({ delivery: 'sent' })
    })

    test('closes a call whose function died with the usage of its last progress (R34)', async () => {
      const attempts = [{ target: 'chat/2', status: 200, error: null, ms: 1 }]
      const tried = { target: 'chat/2', target_attempts: JSON.stringify(attempts) }
      const row = createOpenRow({ progress_tokens: 400_000, ...tried })
      await store.insert([row])
      const deadline = start + 5 * minute
      expect(await run(deadline + minute - 1, accept)).toMatchObject({ orphans: 0 })
      expect(await run(deadline + minute, accept)).toMatchObject({ orphans: 1, delivered: 1 })
      expect(delivered).toEqual([
        expect.objectContaining({
          request_id: row.id,
          usage: { prompt_tokens: 600_000, completion_tokens: 400_000, total_tokens: 1_000_000 },
          points: 500,
          metadata: expect.objectContaining({
            ...{ outcome: 'orphan', estimated: true, cost_cny: '1' },
            ...{ target: 'chat/2', attempts },
          }),
        }),
      ])
    })

    test('charges nothing for an orphan without progress', async () => {
      const row = createOpenRow()
      await store.insert([row])
      expect(await run(start + hour)).toEqual({ orphans: 1, delivered: 0, postponed: 0, dead: 0 })
      expect(await read(row)).toMatchObject({ state: 'final', outcome: 'orphan', total_tokens: 0, delivery: 'none' })
    })

    test('handles the rows later and loses none if its clock is ten minutes behind (R35)', async () => {
      const rows = [createOpenRow({ deadline_at: start }), createPendingRow()]
      for (const row of rows) await store.insert([row])
      await run(start - 10 * minute, accept)
      expect((await Promise.all(rows.map(read))).map(({ state }) => state)).toEqual(['open', 'final'])
      await run(start + 2 * minute, accept)
      expect((await Promise.all(rows.map(read))).map(({ state, delivery }) => [state, delivery])).toEqual([
        ['final', 'sent'],
        ['final', 'sent'],
      ])
    })

    test('may close a running call if its clock is ten minutes ahead, and keeps one record under one id (R35)', async () => {
      const row = createOpenRow({ progress_tokens: 7 })
      await store.insert([row])
      await run(start + 10 * minute, accept)
      expect(await read(row)).toMatchObject({ state: 'final', outcome: 'orphan' })
      const final = toFinalFields(complete, { points: 1, costNanoYuan: null }, start)
      await settle(
        { row, final, getRecord: () => toUsageRecord({ ...row, ...final }), openRow: 'stored' },
        { store, deliver: accept, onFailure: () => undefined, log: captureLog().log },
      )
      expect(await read(row)).toMatchObject({ state: 'final', outcome: 'orphan', delivery: 'sent' })
      expect(new Set(delivered.map(({ request_id: id }) => id))).toEqual(new Set([row.id]))
    })

    test('asks the store seldom for many records, however many runs there are', async () => {
      const rows = Array.from({ length: 600 }, createPendingRow)
      let calls = 0
      const counted = (given: UsageStore): UsageStore => {
        const count = <Args extends unknown[], Result>(method: (...args: Args) => Promise<Result>) => {
          return (...args: Args): Promise<Result> => {
            calls++
            return method(...args)
          }
        }
        const { change, read, find } = given
        return { ...given, change: count(change), read: count(read), find: count(find) }
      }
      await store.insert(rows)
      const stores = [store, testStore.other, store, testStore.other].map(counted)
      const counts = await Promise.all(stores.map((each) => run(start + hour, accept, each)))
      expect(counts.reduce((sum, each) => sum + each.delivered, 0)).toBe(600)
      expect(delivered.map((record) => record.request_id).sort()).toEqual(rows.map(({ id }) => id).sort())
      expect(calls).toBeLessThan(600)
    })

    test('wins each transition once and delivers everything in four simultaneous runs (R34)', async () => {
      const rows = [
        ...Array.from({ length: 60 }, createPendingRow),
        ...Array.from({ length: 20 }, () => createOpenRow()),
      ]
      for (const row of rows) await store.insert([row])
      const stores = [store, testStore.other, store, testStore.other]
      const counts = await Promise.all(stores.map((each) => run(start + hour, accept, each)))
      expect(counts.reduce((sum, { orphans }) => sum + orphans, 0)).toBe(20)
      expect(counts.reduce((sum, each) => sum + each.delivered, 0)).toBe(80)
      expect(delivered.map((record) => record.request_id).sort()).toEqual(rows.map(({ id }) => id).sort())
    })
  })
}
