import { describe, expect, test } from '@jest/globals'
import type { GatewayError } from '../../../shared/protocol/errors.ts'
import type { Fault } from '../../../testing/stand-ins/cloudbase-database.ts'
import { collectionStoreOn } from '../store/stores.ts'
import { charge, closing, createTestLedger, failAlways, failFirst, opening } from './create-test-ledger.ts'

describe('an intent that cannot be written', () => {
  test.each<Fault['kind']>(['failure', 'not-json', 'drop'])('rejects the call with 503 (%s)', async (kind) => {
    const { ledger, database } = await createTestLedger()
    database.plan(failAlways('insertDocument', { kind } as Fault))
    await expect(ledger.open(opening()).opened).rejects.toMatchObject({ status: 503, code: 'usage_unavailable' })
  })

  test('asks clients not to repeat a call that the provider may bill, and to repeat one that it has not got', async () => {
    const { ledger, database } = await createTestLedger()
    database.plan(failAlways('insertDocument', { kind: 'failure' }))
    const entry = ledger.open(opening())
    expect(entry.opensFirst).toBe(false)
    const getHeaders = (error: GatewayError) => error.options.headers
    expect(await entry.opened.catch(getHeaders)).toEqual({ 'x-should-retry': 'false' })
    const next = ledger.open(opening())
    expect(next.opensFirst).toBe(true)
    expect(await next.opened.catch(getHeaders)).toEqual({ 'retry-after': '2' })
    database.plan(() => undefined)
    await ledger.open(opening()).opened
    const last = ledger.open(opening())
    expect(last.opensFirst).toBe(false)
    await last.opened
  })

  test('goes on trying for some seconds while the provider works', async () => {
    const { ledger, database, rows } = await createTestLedger()
    database.plan(failAlways('insertDocument', { kind: 'failure' }))
    setTimeout(() => database.plan(() => undefined), 3_500)
    await ledger.open(opening()).opened
    expect(rows()).toHaveLength(1)
  })

  test('lets the call through with USAGE_FAIL_OPEN and still writes one record', async () => {
    const { ledger, database, rows, lines } = await createTestLedger({ failOpen: true })
    database.plan(failAlways('insertDocument', { kind: 'failure' }))
    const entry = ledger.open(opening())
    await entry.opened
    expect(lines.map(({ event }) => event)).toContain('usage_intent_skipped')
    expect(rows()).toEqual([])
    database.plan(() => undefined)
    await entry.close(closing, charge)
    expect(rows()).toEqual([expect.objectContaining({ state: 'final', total_tokens: 1_500 })])
  })

  test('writes the intent again if the first try hangs', async () => {
    const { ledger, database, rows } = await createTestLedger()
    database.plan(failFirst(1, 'insertDocument', { kind: 'hang' }))
    await expect(ledger.open(opening()).opened).resolves.toBeUndefined()
    expect(rows()).toHaveLength(1)
  })

  test('accepts an intent whose reply comes late because the function was busy, as it is after a start', async () => {
    const { ledger, rows } = await createTestLedger()
    const warm = ledger.open(opening())
    await warm.opened
    const entry = ledger.open(opening())
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1_800)
    await expect(entry.opened).resolves.toBeUndefined()
    expect(rows()).toHaveLength(2)
  })

  test('does not delay the error of the provider', async () => {
    const { ledger, database } = await createTestLedger()
    database.plan(failAlways('insertDocument', { kind: 'hang' }))
    const entry = ledger.open(opening())
    const opened = entry.opened.then(
      () => 'opened',
      () => 'rejected',
    )
    const cancelled = entry.cancel().then(() => 'cancelled')
    expect(await Promise.race([opened, cancelled])).toBe('cancelled')
    expect(await opened).toBe('rejected')
  })

  test('writes the intent again if only the reply was lost, and stores one row (R29)', async () => {
    const { ledger, database, rows } = await createTestLedger()
    database.plan(failFirst(2, 'insertDocument', { kind: 'drop-after' }))
    await expect(ledger.open(opening()).opened).resolves.toBeUndefined()
    expect(rows()).toHaveLength(1)
  })
})
test('keeps the final row if an intent that was given up arrives during its write', async () => {
  const { database } = await createTestLedger()
  const store = collectionStoreOn(database)
  let late: (() => Promise<void>) | undefined
  const slow: typeof store = {
    ...store,
    insert: async (rows) => {
      if (rows[0]?.state !== 'open') {
        await late?.()
        return store.insert(rows)
      }
      late = () => store.insert(rows)
      throw new Error('no answer')
    },
  }
  const { ledger } = await createTestLedger({ store: slow, failOpen: true })
  const entry = ledger.open(opening({ requestId: 'late' }))
  await entry.opened
  await entry.close(closing, charge)
  expect(await store.read('late')).toMatchObject({ state: 'final', total_tokens: 1_500, delivery: 'sent' })
})
