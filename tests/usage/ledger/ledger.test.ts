import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, test } from '@jest/globals'
import type { LedgerOptions } from '../../../shared/usage/ledger/ledger.ts'
import { toUsageRecord } from '../../../shared/usage/store/row.ts'
import type { CloudbaseDatabase } from '../../../testing/stand-ins/cloudbase-database.ts'
import { charge, closing, createTestLedger, failFirst, opening, until } from './create-test-ledger.ts'

describe('a ledger entry', () => {
  test('writes a row before the reply begins, and delivers the same record that it stores at the end', async () => {
    const { ledger, rows, delivered, database } = await createTestLedger()
    const entry = ledger.open(opening())
    await entry.opened
    expect(rows()).toEqual([expect.objectContaining({ state: 'open', prompt_estimate: 11, total_tokens: 0 })])
    await entry.close(closing, entry.getCharge(closing))
    const [row] = rows()
    const [record] = delivered
    expect(row).toMatchObject({ state: 'final', delivery: 'sent', attempts: 1, points: 2, outcome: 'complete' })
    expect(delivered).toEqual([row && toUsageRecord(row)])
    expect(record?.usage).toEqual(closing.usage)
    expect(record?.metadata).toEqual({
      stream: true,
      estimated: false,
      outcome: 'complete',
      endpoint: 'chat/completions',
      provider: 'openai',
      upstream_model: 'm-2',
      latency_ms: 120,
      ttft_ms: 30,
      client_request_id: 'from-the-client',
      units: { input: 1_000, output: 500 },
      ai_generated: true,
    })
    const writes = database.actions.filter((action) => /insert|modify/.test(action))
    expect(writes).toEqual([
      'database.insertDocument',
      'database.insertDocument',
      'database.modifyDocument',
      'database.modifyDocument',
    ])
  })

  test('charges by price if the route has prices, and records the cost', async () => {
    const { ledger, delivered } = await createTestLedger()
    const entry = ledger.open(opening({ prices: { input: '0.8', output: '2', cache: undefined } }))
    await entry.close(closing, entry.getCharge(closing))
    expect(delivered).toMatchObject([{ points: 1, metadata: { cost_cny: '0.0018' } }])
  })

  test('leaves no record and delivers nothing if it is cancelled', async () => {
    const { ledger, rows, delivered } = await createTestLedger()
    await ledger.open(opening()).cancel()
    expect(rows()).toEqual([expect.objectContaining({ state: 'void' })])
    expect(delivered).toEqual([])
  })

  test('writes one row, at the end, with durability final', async () => {
    const { ledger, rows, database } = await createTestLedger({ durability: 'final', deliver: undefined })
    const entry = ledger.open(opening())
    await entry.opened
    expect(database.actions).toEqual([])
    await ledger.open(opening()).cancel()
    expect(database.actions).toEqual([])
    await entry.close(closing, charge)
    expect(rows()).toEqual([expect.objectContaining({ state: 'final', delivery: 'none', total_tokens: 1_500 })])
  })

  test.each<[string, Partial<LedgerOptions>]>([
    ['without a store', { store: undefined }],
    ['with durability final', { durability: 'final' }],
  ])('does not estimate the prompt %s', async (_, options) => {
    const { ledger, delivered } = await createTestLedger(options)
    const promptTokens = (): number => {
      throw new Error('the estimate is not needed')
    }
    const entry = ledger.open(opening({ promptTokens }))
    await entry.opened
    await entry.close(closing, charge)
    expect(delivered).toMatchObject([{ usage: closing.usage }])
  })

  test('delivers to the webhook without a store, and logs the whole record if the delivery fails', async () => {
    const { ledger, delivered } = await createTestLedger({ store: undefined })
    await ledger.open(opening()).close(closing, charge)
    expect(delivered).toMatchObject([{ points: 2, usage: closing.usage }])
    const failing = await createTestLedger({ store: undefined, deliver: () => Promise.reject(new Error('down')) })
    const lost = opening()
    await failing.ledger.open(lost).close(closing, charge)
    const line = failing.lines.find(({ event }) => event === 'usage_undelivered')
    const { requestId: request_id } = lost
    expect(JSON.parse(String(line?.fields['record']))).toEqual({ ...delivered[0], request_id, ts: expect.any(Number) })
  })

  test('writes its progress until it is closed', async () => {
    const { ledger, rows, database } = await createTestLedger({ progressEveryMs: 10, deliver: undefined })
    const entry = ledger.open(opening())
    await entry.opened
    let tokens = 0
    entry.startProgress(() => tokens, {})
    tokens = 40
    await until(() => rows()[0]?.progress_tokens === 40)
    tokens = 90
    await until(() => rows()[0]?.progress_tokens === 90)
    const before = database.actions.length
    await until(() => true, 50)
    expect(database.actions.length).toBe(before)
    await entry.close(closing, charge)
    tokens = 200
    const after = database.actions.length
    await until(() => true, 50)
    expect(database.actions.length).toBe(after)
    expect(rows()).toEqual([expect.objectContaining({ state: 'final', progress_tokens: 90 })])
  })
})

test('writes the targets that were tried with the first progress, for a record of a function that died', async () => {
  const { ledger, rows } = await createTestLedger({ progressEveryMs: 10, deliver: undefined })
  const entry = ledger.open(opening())
  await entry.opened
  const attempts = [{ target: 'chat/2', status: 200, error: null, ms: 1 }]
  const target = { name: 'chat/2', provider: 'qwen', upstreamModel: 'turbo', prices: undefined }
  entry.startProgress(() => 40, { target, attempts })
  await until(() => rows()[0]?.progress_tokens === 40)
  expect(rows()[0]).toMatchObject({
    ...{ state: 'open', provider: 'qwen', upstream_model: 'turbo' },
    ...{ target: 'chat/2', target_attempts: JSON.stringify(attempts) },
  })
  await entry.close(closing, charge)
})

describe('progress that is stored every 5 s', () => {
  const changes = ({ actions }: CloudbaseDatabase): string[] => actions.filter((action) => action.includes('modify'))

  test('stores the first progress within a second of the first text, and the next one not before 5 s', async () => {
    const { ledger, rows, database } = await createTestLedger({ deliver: undefined })
    const entry = ledger.open(opening())
    await entry.opened
    let tokens = 0
    entry.startProgress(() => tokens, {})
    await until(() => true, 1_200)
    expect(changes(database)).toHaveLength(0)
    tokens = 7
    const later = sleep(4_500, 'later', { ref: false })
    const stored = until(() => rows()[0]?.progress_tokens === 7).then(() => 'stored')
    expect(await Promise.race([stored, later])).toBe('stored')
    tokens = 9
    await until(() => true, 2_500)
    expect(changes(database)).toHaveLength(1)
    await entry.close(closing, charge)
  })

  test('stores the progress a second later if the store failed', async () => {
    const { ledger, rows, database } = await createTestLedger({ deliver: undefined })
    const entry = ledger.open(opening())
    await entry.opened
    entry.startProgress(() => 7, {})
    database.plan(failFirst(1, 'modifyDocument', { kind: 'failure' }))
    await until(() => rows()[0]?.progress_tokens === 7)
    expect(changes(database)).toHaveLength(2)
    await entry.close(closing, charge)
  })
})
