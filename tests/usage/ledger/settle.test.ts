import { describe, expect, test } from '@jest/globals'
import { getCloudbaseApp } from '../../../shared/drivers/cloudbase.ts'
import type { LedgerOptions } from '../../../shared/usage/ledger/ledger.ts'
import type { UsageRow } from '../../../shared/usage/store/row.ts'
import type { Fault } from '../../../testing/stand-ins/cloudbase-database.ts'
import { collectionStoreOn, standInCredentials } from '../store/stores.ts'
import { charge, closing, createTestLedger, failAlways, failFirst, opening, until } from './create-test-ledger.ts'

test('logs a record that the store refused before it is delivered, because the function may die then', async () => {
  let eventsBefore: string[] = []
  const { ledger, database, lines } = await createTestLedger({
    deliver: async () => {
      eventsBefore = lines.filter(({ fields }) => fields['record']).map(({ event }) => event)
    },
  })
  const entry = ledger.open(opening())
  await entry.opened
  database.plan(failAlways('modifyDocument', { kind: 'failure' }))
  await entry.close(closing, charge)
  expect(eventsBefore).toEqual(['usage_degraded'])
})

describe('a final record whose open row the database lost', () => {
  test.each<Partial<LedgerOptions>>([{}, { deliver: undefined }])('is stored once (%#)', async (options) => {
    const { ledger, rows, delivered, lines } = await createTestLedger(options)
    const entry = ledger.open(opening())
    await entry.opened
    const access = { envId: 'test-env', region: 'ap-shanghai', credentials: standInCredentials }
    await (await getCloudbaseApp(access)).database().collection('usage').where({ model: 'm' }).remove()
    expect(rows()).toEqual([])
    await entry.close(closing, charge)
    const delivery = 'deliver' in options ? 'none' : 'sent'
    expect(rows()).toEqual([expect.objectContaining({ state: 'final', delivery, total_tokens: 1_500 })])
    expect(delivered).toHaveLength(delivery === 'sent' ? 1 : 0)
    expect(lines).toEqual([])
  })
})

describe('a final record whose write fails', () => {
  test.each<Fault>([
    { kind: 'failure' },
    { kind: 'not-json' },
    { kind: 'drop' },
    { kind: 'drop-after' },
    { kind: 'no-count' },
    { kind: 'hang-after' },
    { kind: 'slow', milliseconds: 100 },
  ])('writes the record once after a fault ($kind) (R29)', async (fault) => {
    const { ledger, database, rows, delivered, lines } = await createTestLedger()
    const entry = ledger.open(opening())
    await entry.opened
    database.plan(failFirst(1, 'modifyDocument', fault))
    await entry.close(closing, charge)
    expect(rows()).toEqual([expect.objectContaining({ state: 'final', delivery: 'sent', total_tokens: 1_500 })])
    expect(delivered).toHaveLength(1)
    expect(lines.map(({ event }) => event)).not.toContain('usage_degraded')
  })

  test('waits no longer than its limit for a store and a webhook that both hang, and logs the whole record', async () => {
    const never = () => new Promise<void>((_, reject) => setTimeout(reject, 800, new Error('late')).unref())
    const { ledger, database, lines } = await createTestLedger({ deliver: never })
    const entry = ledger.open(opening())
    await entry.opened
    database.plan(failAlways('modifyDocument', { kind: 'hang' }))
    await entry.close(closing, charge)
    expect(lines.map(({ event }) => event)).not.toContain('usage_settled_late')
    expect(lines.map(({ event }) => event)).toContain('usage_degraded')
  })

  test('delivers a record that the store refused, so that its figures are not lost', async () => {
    const { ledger, database, delivered, rows } = await createTestLedger()
    const entry = ledger.open(opening())
    await entry.opened
    database.plan(failAlways('modifyDocument', { kind: 'failure' }))
    await entry.close(closing, charge)
    expect(delivered).toMatchObject([{ points: 2, usage: closing.usage }])
    expect(rows()).toEqual([expect.objectContaining({ state: 'open' })])
  })

  test.each<[string, Partial<LedgerOptions>, Partial<UsageRow>]>([
    ['delivered', {}, { delivery: 'sent', attempts: 1 }],
    ['not delivered', { deliver: () => Promise.reject(new Error('down')) }, { delivery: 'pending', attempts: 1 }],
    ['with nowhere to be delivered', { deliver: undefined }, { delivery: 'none', attempts: 0 }],
  ])('logs a refused record whole and writes it with the next call, %s (R32)', async (_, options, fields) => {
    const { ledger, database, rows, lines } = await createTestLedger(options)
    const entry = ledger.open(opening())
    await entry.opened
    database.plan(failAlways('modifyDocument', { kind: 'failure' }))
    await entry.close(closing, charge)
    const logged = lines.find(({ fields }) => fields['record'])
    const [{ id: request_id } = {}] = rows()
    expect(JSON.parse(String(logged?.fields['record']))).toMatchObject({ request_id, points: 2, usage: closing.usage })
    expect(lines.map(({ event }) => event)).toContain('usage_degraded')
    await ledger.open(opening()).opened
    await until(() => true, 3_000)
    expect(rows()[0]).toMatchObject({ state: 'open' })
    database.plan(() => undefined)
    await ledger.open(opening()).opened
    await until(() => rows()[0]?.state === 'final')
    expect(rows()[0]).toMatchObject({ ...fields, total_tokens: 1_500, outcome: 'complete' })
    await until(() => lines.some(({ event }) => event === 'usage_settled_late'))
  })

  test('does not write a refused record if the flush closed its row first (R32)', async () => {
    const { ledger, database, rows, lines } = await createTestLedger()
    const store = collectionStoreOn(database)
    const entry = ledger.open(opening())
    await entry.opened
    database.plan(failAlways('modifyDocument', { kind: 'failure' }))
    await entry.close(closing, charge)
    database.plan(() => undefined)
    const [row] = rows()
    await store.change([String(row?.id)], { state: 'open' }, { state: 'final', outcome: 'orphan', mark: 'flush' })
    await ledger.open(opening()).opened
    await until(() => true, 300)
    expect(rows()[0]).toMatchObject({ outcome: 'orphan', total_tokens: 0 })
    expect(lines.map(({ event }) => event)).not.toContain('usage_settled_late')
  })
})
