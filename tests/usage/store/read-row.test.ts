import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from '@jest/globals'
import { fileStore } from '../../../shared/usage/store/file/file-store.ts'
import { readRow, readTotals } from '../../../shared/usage/store/read-row.ts'
import { toFinalFields, toOpenRow, toUsageRecord, type UsageRow } from '../../../shared/usage/store/row.ts'
import { makeOpening } from '../../support/make-opening.ts'

const usage = { prompt_tokens: 3, completion_tokens: 2, total_tokens: 5 }
const attempts = [
  { target: 'a', status: 429, error: 'upstream_quota', ms: 3 },
  { target: 'b', status: 200, error: null, ms: 9 },
]
const closing = {
  ...({ outcome: 'complete', usage, estimated: true, latencyMs: 12, ttftMs: 4 } as const),
  ...{
    units: { search: 2 },
    target: { name: 'b', provider: 'glm', upstreamModel: 'glm/b', prices: undefined },
    attempts,
  },
}

const row: UsageRow = {
  ...toOpenRow(makeOpening({ stream: true, clientRequestId: 'c', prices: { input: '1', output: '2', cache: '0.5' } }), {
    now: 1_700_000_000_000,
    maxMs: 60_000,
    written: true,
  }),
  ...toFinalFields(closing, { points: 7, costNanoYuan: 9 }, 1_700_000_001_000),
  delivery: 'pending',
  mark: 'm',
  progress_tokens: 2,
  attempts: 1,
  next_at: 1_700_000_061_000,
}

describe('the reader of rows', () => {
  test('returns every field of a row unchanged', () => {
    expect(readRow(row)).toEqual(row)
    expect(Object.keys(readRow(row))).toEqual(Object.keys(row))
  })

  test('ignores columns that it does not know', () => {
    expect(readRow({ ...row, later: '{"image":1}', _openid: 'o' })).toEqual(row)
  })

  test.each(Object.keys(row).filter((field) => field !== 'id'))('reads a row without the column %s', (field) => {
    const { [field as keyof UsageRow]: _, ...older } = row
    expect(readRow(older)).toMatchObject(older)
    expect(readRow(older)[field as keyof UsageRow]).not.toBeUndefined()
  })

  test('reads booleans and numbers as MySQL sends them', () => {
    expect(readRow({ ...row, stream: 1, estimated: 0, points: '12', cost_nano: '34' })).toMatchObject({
      stream: true,
      estimated: false,
      points: 12,
      cost_nano: 34,
    })
  })

  test('tells a missing cost from a cost of 0', () => {
    expect(readRow({ ...row, cost_nano: null }).cost_nano).toBeNull()
    expect(readRow({ ...row, cost_nano: 0 }).cost_nano).toBe(0)
  })

  test('reads an outcome of a later version, and leaves nothing to do for an unknown state', () => {
    expect(readRow({ ...row, outcome: 'filtered' }).outcome).toBe('filtered')
    expect(readRow({ ...row, state: 'held', delivery: 'queued' })).toMatchObject({ state: 'void', delivery: 'none' })
  })

  test.each([undefined, null, 'text', 3, []])('reads %j as a row without any column', (value) => {
    expect(readRow(value)).toMatchObject({ id: '', state: 'void', points: 0, cost_nano: null })
  })
})

test('returns units and targets in the record of a row', () => {
  expect(toUsageRecord(row).metadata).toMatchObject({
    units: { input: 3, output: 2, search: 2 },
    target: 'b',
    attempts,
  })
})

test('returns the record of a row of an earlier version without units and targets', () => {
  const { units: _, target: __, target_attempts: ___, shortfall: ____, safety: _____, key_id: ______, ...older } = row
  expect(Object.keys(toUsageRecord(readRow(older)).metadata)).toEqual([
    ...['stream', 'estimated', 'outcome', 'endpoint', 'provider', 'upstream_model'],
    ...['latency_ms', 'ttft_ms', 'client_request_id', 'cost_cny', 'ai_generated'],
  ])
})

test('reads totals whose sums are decimal strings, null or missing', () => {
  const query = { by: ['day', 'user_id'], from: '2026-01-01', to: '2026-01-31' } as const
  const sums = { records: 2, points: '30', cost_nano: null, later: 1 }
  expect(readTotals(sums, { day: '2026-01-02', user_id: null, model: 'm' }, query)).toEqual({
    group: { day: '2026-01-02', user_id: null },
    records: 2,
    estimated: 0,
    orphans: 0,
    undelivered: 0,
    dead: 0,
    prompt_tokens: 0,
    completion_tokens: 0,
    total_tokens: 0,
    cached_tokens: 0,
    points: 30,
    cost_nano: 0,
  })
})

test('changes and adds up a row that another version wrote to the file', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'usage-'))
  try {
    const path = join(folder, 'usage.jsonl')
    const { cached_tokens: _, ...older } = row
    await writeFile(
      path,
      `${JSON.stringify({ request_id: 'r', event: { by: 'x', set: { ...older, later: '{}' } } })}\n`,
    )
    const store = fileStore(path)
    expect(await store.change(['r'], { mark: 'm' }, { delivery: 'sent', mark: 'n' })).toBe(1)
    expect(await store.read('r')).toEqual({ ...row, cached_tokens: 0, delivery: 'sent', mark: 'n' })
    const [totals] = await store.totals({ by: [], from: row.day, to: row.day })
    expect(totals).toMatchObject({ records: 1, points: 7, cached_tokens: 0 })
  } finally {
    await rm(folder, { recursive: true })
  }
})
