import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeAll, describe, expect, test } from '@jest/globals'
import { getCloudbaseApp } from '../../../shared/drivers/cloudbase.ts'
import type { GatewayError } from '../../../shared/protocol/errors.ts'
import { createUsageLedger, type Ledger, type LedgerOptions } from '../../../shared/usage/ledger/ledger.ts'
import { readRow } from '../../../shared/usage/store/read-row.ts'
import type { Closing, Opening, UsageRecord } from '../../../shared/usage/store/record.ts'
import { toUsageRecord, type UsageRow } from '../../../shared/usage/store/row.ts'
import { type CloudbaseDatabase, cloudbaseDatabase, type Fault } from '../../../testing/stand-ins/cloudbase-database.ts'
import { captureLog, type LogLine } from '../../support/capture-log.ts'
import { makeOpening } from '../../support/make-opening.ts'
import { collectionStoreOn, standInCredentials } from '../store/stores.ts'

// Loading the package takes longer than the first try may take. The first test would count a second try.
beforeAll(() => import('@cloudbase/node-sdk'))

const cleanups: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0)) await cleanup()
})

interface TestLedger {
  readonly ledger: Ledger
  readonly database: CloudbaseDatabase
  readonly rows: () => UsageRow[]
  readonly delivered: UsageRecord[]
  readonly lines: LogLine[]
}

const createTestLedger = async (options: Partial<LedgerOptions> = {}): Promise<TestLedger> => {
  const database = await cloudbaseDatabase()
  cleanups.push(database.close)
  const { log, lines } = captureLog()
  const delivered: UsageRecord[] = []
  const ledger = createUsageLedger({
    store: collectionStoreOn(database),
    durability: 'intent',
    failOpen: false,
    deliver: (record) => Promise.resolve(void delivered.push(record)),
    tariff: { pointsPer1kTokens: '1.0', pointsPerYuan: '500' },
    maxResponseMs: 60_000,
    progressEveryMs: 5_000,
    log,
    ...options,
  })
  const rows = (): UsageRow[] =>
    (database.documents('usage') ?? []).map(({ _id: id, ...fields }) => readRow({ ...fields, id }))
  return { ledger, database, rows, delivered, lines }
}

const opening = (more: Partial<Opening> = {}): Opening =>
  makeOpening({
    requestId: randomUUID(),
    upstreamModel: 'm-2',
    stream: true,
    clientRequestId: 'from-the-client',
    promptTokens: () => 11,
    ...more,
  })

const closing: Closing = {
  outcome: 'complete',
  usage: { prompt_tokens: 1_000, completion_tokens: 500, total_tokens: 1_500, completion_tokens_details: { x: 1 } },
  estimated: false,
  latencyMs: 120,
  ttftMs: 30,
}

/** Plans a fault for the first `count` requests of an action. */
const failFirst = (count: number, action: string, fault: Fault) => {
  let remaining = count
  return (given: string): Fault | undefined => (given === `database.${action}` && remaining-- > 0 ? fault : undefined)
}
const failAlways = (action: string, fault: Fault) => failFirst(Number.POSITIVE_INFINITY, action, fault)

describe('a ledger entry', () => {
  test('writes a row before the reply begins, and delivers the same record that it stores at the end', async () => {
    const { ledger, rows, delivered, database } = await createTestLedger()
    const entry = ledger.open(opening())
    await entry.opened
    expect(rows()).toEqual([expect.objectContaining({ state: 'open', prompt_estimate: 11, total_tokens: 0 })])
    const record = await entry.close(closing)
    const [row] = rows()
    expect(row).toMatchObject({ state: 'final', delivery: 'sent', attempts: 1, points: 2, outcome: 'complete' })
    expect(delivered).toEqual([record])
    expect(row && toUsageRecord(row)).toEqual(record)
    expect(record.usage).toEqual(closing.usage)
    expect(record.metadata).toEqual({
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
    const { ledger } = await createTestLedger()
    const entry = ledger.open(opening({ prices: { input: '0.8', output: '2', cache: undefined } }))
    const record = await entry.close(closing)
    expect(record).toMatchObject({ points: 1, metadata: { cost_cny: '0.0018' } })
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
    await entry.close(closing)
    expect(rows()).toEqual([expect.objectContaining({ state: 'final', delivery: 'none', total_tokens: 1_500 })])
  })

  test.each<[string, Partial<LedgerOptions>]>([
    ['without a store', { store: undefined }],
    ['with durability final', { durability: 'final' }],
  ])('does not estimate the prompt %s', async (_, options) => {
    const { ledger } = await createTestLedger(options)
    const promptTokens = (): number => {
      throw new Error('the estimate is not needed')
    }
    const entry = ledger.open(opening({ promptTokens }))
    await entry.opened
    expect((await entry.close(closing)).usage).toEqual(closing.usage)
  })

  test('delivers to the webhook without a store, and logs the whole record if the delivery fails', async () => {
    const { ledger, delivered } = await createTestLedger({ store: undefined })
    const record = await ledger.open(opening()).close(closing)
    expect(delivered).toEqual([record])
    const failing = await createTestLedger({ store: undefined, deliver: () => Promise.reject(new Error('down')) })
    const lost = await failing.ledger.open(opening()).close(closing)
    const line = failing.lines.find(({ event }) => event === 'usage_undelivered')
    expect(JSON.parse(String(line?.fields['record']))).toEqual(lost)
  })

  test('writes its progress until it is closed', async () => {
    const { ledger, rows, database } = await createTestLedger({ progressEveryMs: 10, deliver: undefined })
    const entry = ledger.open(opening())
    await entry.opened
    let tokens = 0
    entry.startProgress(() => tokens)
    tokens = 40
    await until(() => rows()[0]?.progress_tokens === 40)
    tokens = 90
    await until(() => rows()[0]?.progress_tokens === 90)
    const before = database.actions.length
    await until(() => true, 50)
    expect(database.actions.length).toBe(before)
    await entry.close(closing)
    tokens = 200
    const after = database.actions.length
    await until(() => true, 50)
    expect(database.actions.length).toBe(after)
    expect(rows()).toEqual([expect.objectContaining({ state: 'final', progress_tokens: 90 })])
  })
})

describe('progress that is stored every 5 s', () => {
  const changes = ({ actions }: CloudbaseDatabase): string[] => actions.filter((action) => action.includes('modify'))

  test('stores the first progress within a second of the first text, and the next one not before 5 s', async () => {
    const { ledger, rows, database } = await createTestLedger({ deliver: undefined })
    const entry = ledger.open(opening())
    await entry.opened
    let tokens = 0
    entry.startProgress(() => tokens)
    await until(() => true, 1_200)
    expect(changes(database)).toHaveLength(0)
    tokens = 7
    const later = sleep(4_500, 'later', { ref: false })
    const stored = until(() => rows()[0]?.progress_tokens === 7).then(() => 'stored')
    expect(await Promise.race([stored, later])).toBe('stored')
    tokens = 9
    await until(() => true, 2_500)
    expect(changes(database)).toHaveLength(1)
    await entry.close(closing)
  })

  test('stores the progress a second later if the store failed', async () => {
    const { ledger, rows, database } = await createTestLedger({ deliver: undefined })
    const entry = ledger.open(opening())
    await entry.opened
    entry.startProgress(() => 7)
    database.plan(failFirst(1, 'modifyDocument', { kind: 'failure' }))
    await until(() => rows()[0]?.progress_tokens === 7)
    expect(changes(database)).toHaveLength(2)
    await entry.close(closing)
  })
})

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
    await entry.close(closing)
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

describe('a final record whose open row the database lost', () => {
  test.each<Partial<LedgerOptions>>([{}, { deliver: undefined }])('is stored once (%#)', async (options) => {
    const { ledger, rows, delivered, lines } = await createTestLedger(options)
    const entry = ledger.open(opening())
    await entry.opened
    const access = { envId: 'test-env', region: 'ap-shanghai', credentials: standInCredentials }
    await (await getCloudbaseApp(access)).database().collection('usage').where({ model: 'm' }).remove()
    expect(rows()).toEqual([])
    await entry.close(closing)
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
    await entry.close(closing)
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
    await entry.close(closing)
    expect(lines.map(({ event }) => event)).not.toContain('usage_settled_late')
    expect(lines.map(({ event }) => event)).toContain('usage_degraded')
  })

  test('delivers a record that the store refused, so that its figures are not lost', async () => {
    const { ledger, database, delivered, rows } = await createTestLedger()
    const entry = ledger.open(opening())
    await entry.opened
    database.plan(failAlways('modifyDocument', { kind: 'failure' }))
    const record = await entry.close(closing)
    expect(delivered).toEqual([record])
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
    const record = await entry.close(closing)
    const logged = lines.find(({ fields }) => fields['record'])
    expect(JSON.parse(String(logged?.fields['record']))).toEqual(record)
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
    await entry.close(closing)
    database.plan(() => undefined)
    const [row] = rows()
    await store.change(String(row?.id), { state: 'open' }, { state: 'final', outcome: 'orphan', mark: 'flush' })
    await ledger.open(opening()).opened
    await until(() => true, 300)
    expect(rows()[0]).toMatchObject({ outcome: 'orphan', total_tokens: 0 })
    expect(lines.map(({ event }) => event)).not.toContain('usage_settled_late')
  })
})

/** Waits for a condition, at least `atLeastMs`. */
const until = async (condition: () => boolean, atLeastMs = 0): Promise<void> => {
  const startedAt = performance.now()
  while (!condition() || performance.now() - startedAt < atLeastMs) {
    if (performance.now() - startedAt > 5_000) throw new Error('the condition was never true')
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}

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
  await entry.close(closing)
  expect(await store.read('late')).toMatchObject({ state: 'final', total_tokens: 1_500, delivery: 'sent' })
})
