import { randomUUID } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { createLimitsTable } from '../../../shared/limits/mysql-limit-store.ts'
import { addUsageColumns, createUsageTable } from '../../../shared/usage/store/mysql/table.ts'
import { toOpenRow, type UsageRow } from '../../../shared/usage/store/row.ts'
import type { UsageStore } from '../../../shared/usage/store/store.ts'
import { createWalletTable } from '../../../shared/wallet/mysql-wallet-store.ts'
import { describeWithDatabase } from '../../support/describe-with-database.ts'
import { describeWithPostgres } from '../../support/describe-with-postgres.ts'
import { makeOpening } from '../../support/make-opening.ts'
import { type TestStore, testStores } from './stores.ts'

const opening = makeOpening({ model: '模型/one', upstreamModel: 'one', stream: true, promptTokens: () => 7 })

const createRow = (fields: Partial<UsageRow> = {}): UsageRow => ({
  ...toOpenRow(opening, { now: 1_700_000_000_000, maxMs: 60_000, written: true }),
  id: randomUUID(),
  ...fields,
})

const describes = { collection: describe, mysql: describeWithDatabase, rdb: describeWithPostgres, file: describe }

for (const kind of ['collection', 'mysql', 'rdb', 'file'] as const) {
  const describeStore = describes[kind]
  describeStore(`the ${kind} store`, () => {
    let testStore: TestStore
    let store: UsageStore
    beforeAll(async () => {
      testStore = await testStores[kind]()
      store = testStore.store
    }, 120_000)
    afterAll(() => testStore.close())

    test('returns a row as it was written, from the first row on', async () => {
      const fields = { client_request_id: '客户-1', stream: true, key_id: 'key_0123456789abcdef01234567' }
      const row = createRow({ prices: '{"input":"0.8","output":"2"}', ...fields })
      await store.insert([row])
      expect(await store.read(row.id)).toEqual(row)
      expect(await testStore.other.read(row.id)).toEqual(row)
      expect(await store.read('nowhere')).toBeUndefined()
    })

    test('returns units and targets as they were written at the end', async () => {
      const row = createRow()
      await store.insert([row])
      const end = {
        units: '{"input":7,"image":1}',
        target: '目标-1',
        target_attempts: '[{"target":"目标-1"}]',
        shortfall: 12,
        safety: '{"verdict":"block"}',
        mark: 'a',
      }
      expect(await store.change([row.id], { state: 'open' }, { state: 'final', ...end })).toBe(1)
      expect(await testStore.other.read(row.id)).toEqual({ ...row, state: 'final', ...end })
    })

    test('leaves a row unchanged when its id is inserted again', async () => {
      const row = createRow()
      await store.insert([row])
      await store.insert([{ ...row, model: 'another' }])
      expect(await store.read(row.id)).toEqual(row)
    })

    test('inserts several rows at once, and leaves those that are there unchanged', async () => {
      const [first, second, third] = [createRow(), createRow(), createRow({ model: '别的' })] as const
      await store.insert([second])
      await store.insert([first, { ...second, model: 'another' }, third])
      const ids = [first, second, third].map(({ id }) => id)
      expect(await Promise.all(ids.map((id) => testStore.other.read(id)))).toEqual([first, second, third])
    })

    test('changes a row only if it meets the condition', async () => {
      const row = createRow({ user_id: null })
      await store.insert([row])
      expect(await store.change([row.id], { state: 'final' }, { points: 1, mark: 'a' })).toBe(0)
      expect(await store.change(['nowhere'], { state: 'open' }, { points: 1, mark: 'b' })).toBe(0)
      expect(await store.change([row.id], { state: 'open', user_id: null }, { points: 5, mark: 'c' })).toBe(1)
      expect(await testStore.other.read(row.id)).toEqual({ ...row, points: 5, mark: 'c' })
    })

    test('changes those of several rows that meet the condition', async () => {
      const rows = [createRow(), createRow({ attempts: 2 }), createRow(), createRow()]
      await store.insert(rows)
      const ids = rows.slice(0, 3).map(({ id }) => id)
      expect(await store.change([...ids, 'nowhere'], { attempts: 0 }, { attempts: 1, mark: 'm' })).toBe(2)
      const changed = await Promise.all(rows.map(({ id }) => testStore.other.read(id)))
      expect(changed.map((row) => row?.attempts)).toEqual([1, 2, 1, 0])
    })

    test('lets exactly one of many simultaneous transitions win (R29)', async () => {
      const row = createRow()
      await store.insert([row])
      const stores = [store, testStore.other]
      const tries = Array.from({ length: 20 }, (_, index) =>
        (stores[index % 2] as UsageStore).change([row.id], { state: 'open' }, { state: 'final', mark: `try-${index}` }),
      )
      const won = (await Promise.all(tries)).flatMap((count, index) => (count === 1 ? [`try-${index}`] : []))
      expect(won).toEqual([(await store.read(row.id))?.mark])
    })

    test('finds rows by fields and by a largest value, in order, page by page', async () => {
      const user = randomUUID()
      const rows = [30, 10, 20, 20, 99].map((closed) => createRow({ user_id: user, state: 'final', closed_at: closed }))
      for (const row of rows) await store.insert([row])
      const query = { equal: { user_id: user, state: 'final' }, atMost: { field: 'closed_at', value: 30 } } as const
      const ascending = await store.find({ ...query, order: 'ascending', limit: 10 })
      expect(ascending.map((row) => row.closed_at)).toEqual([10, 20, 20, 30])
      const pages = [0, 2, 4].map((skip) => store.find({ ...query, order: 'descending', limit: 2, skip }))
      const found = (await Promise.all(pages)).flat()
      expect(found.map((row) => row.closed_at)).toEqual([30, 20, 20, 10])
      expect(new Set(found.map((row) => row.id)).size).toBe(4)
    })

    test('adds up final rows by day, model and user, and counts estimates, orphans and open deliveries', async () => {
      const user = randomUUID()
      const final = { user_id: user, state: 'final', total_tokens: 5, prompt_tokens: 3, completion_tokens: 2 } as const
      const rows = [
        createRow({ ...final, day: '2026-01-01', points: 1, delivery: 'sent', outcome: 'complete', cost_nano: 7 }),
        createRow({ ...final, day: '2026-01-01', points: 2, delivery: 'pending', estimated: true, outcome: 'orphan' }),
        createRow({ ...final, day: '2026-01-02', points: 4, delivery: 'dead', outcome: 'complete' }),
        createRow({ ...final, day: '2026-01-03', points: 8 }),
        createRow({ ...final, day: '2026-01-01', points: 16, state: 'void' }),
      ]
      for (const row of rows) await store.insert([row])
      const range = { userId: user, from: '2026-01-01', to: '2026-01-02' }
      const none = { estimated: 0, orphans: 0, undelivered: 0, dead: 0, cached_tokens: 0, cost_nano: 0 }
      const sums = (count: number) => ({
        records: count,
        prompt_tokens: 3 * count,
        completion_tokens: 2 * count,
        total_tokens: 5 * count,
      })
      expect(await store.totals({ ...range, by: ['day', 'model'] })).toEqual([
        {
          ...none,
          ...sums(2),
          group: { day: '2026-01-01', model: '模型/one' },
          points: 3,
          estimated: 1,
          orphans: 1,
          undelivered: 1,
          cost_nano: 7,
        },
        { ...none, ...sums(1), group: { day: '2026-01-02', model: '模型/one' }, points: 4, dead: 1 },
      ])
      const [all, ...rest] = await store.totals({ ...range, by: ['user_id'] })
      expect(rest).toEqual([])
      expect(all).toMatchObject({ group: { user_id: user }, records: 3, points: 7 })
      expect(await store.totals({ ...range, by: [] })).toEqual([{ ...all, group: {} }])
    })

    test('adds up final rows by key; those of a login have none', async () => {
      const user = randomUUID()
      const final = { user_id: user, state: 'final', day: '2026-01-01' } as const
      for (const [key_id, points] of [
        ['key_1', 1],
        [null, 2],
        ['key_1', 4],
        ['key_2', 8],
      ] as const)
        await store.insert([createRow({ ...final, key_id, points })])
      const groups = await store.totals({ userId: user, from: '2026-01-01', to: '2026-01-01', by: ['key_id'] })
      expect(Object.fromEntries(groups.map(({ group, points }) => [group.key_id, points]))).toEqual({
        ...{ key_1: 5, key_2: 8, null: 2 },
      })
    })
  })
}

describe.each([
  ['scripts/sql/usage.sql', createUsageTable('`llm_gateway_usage`')],
  ['scripts/sql/limits.sql', createLimitsTable('`llm_gateway_usage_limits`')],
  ['scripts/sql/wallet.sql', createWalletTable('`llm_gateway_usage_wallet`')],
])('%s', (file, statement) => {
  test('creates the same table as the gateway', async () => {
    expect(await readFile(file, 'utf8')).toContain(`${statement};`)
  })
})

test('scripts/sql/usage-columns.sql adds the same columns as the gateway', async () => {
  const file = await readFile('scripts/sql/usage-columns.sql', 'utf8')
  const statements = [...file.matchAll(/'(ALTER TABLE [^']+)'/g)].map(([, statement]) => statement)
  expect(statements).toEqual(addUsageColumns('llm_gateway_usage').map((sql) => sql.replaceAll('`', '')))
})
