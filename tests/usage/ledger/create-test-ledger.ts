import { randomUUID } from 'node:crypto'
import { beforeAll } from '@jest/globals'
import type { Charge } from '../../../shared/usage/cost/pricing.ts'
import { createUsageLedger, type Ledger, type LedgerOptions } from '../../../shared/usage/ledger/ledger.ts'
import { readRow } from '../../../shared/usage/store/read-row.ts'
import type { Closing, Opening, UsageRecord } from '../../../shared/usage/store/record.ts'
import type { UsageRow } from '../../../shared/usage/store/row.ts'
import { type CloudbaseDatabase, cloudbaseDatabase, type Fault } from '../../../testing/stand-ins/cloudbase-database.ts'
import { captureLog, type LogLine } from '../../support/capture-log.ts'
import { makeOpening } from '../../support/make-opening.ts'
import { onCleanup } from '../../support/on-cleanup.ts'
import { collectionStoreOn } from '../store/stores.ts'

// Loading the package takes longer than the first try may take. The first test would count a second try.
beforeAll(() => import('@cloudbase/node-sdk'))

/** A ledger on the stand-in of the document database, and what it has written. */
export interface TestLedger {
  readonly ledger: Ledger
  readonly database: CloudbaseDatabase
  readonly rows: () => UsageRow[]
  readonly delivered: UsageRecord[]
  readonly lines: LogLine[]
}

/** Creates a ledger that writes each intent. Its database ends with the test. */
export const createTestLedger = async (options: Partial<LedgerOptions> = {}): Promise<TestLedger> => {
  const database = await cloudbaseDatabase()
  onCleanup(database.close)
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

/** Makes the opening of a streamed call, with an id of its own. */
export const opening = (more: Partial<Opening> = {}): Opening =>
  makeOpening({
    requestId: randomUUID(),
    upstreamModel: 'm-2',
    stream: true,
    clientRequestId: 'from-the-client',
    promptTokens: () => 11,
    ...more,
  })

/** The end of a call with 1,500 stated tokens. */
export const closing: Closing = {
  outcome: 'complete',
  usage: { prompt_tokens: 1_000, completion_tokens: 500, total_tokens: 1_500, completion_tokens_details: { x: 1 } },
  estimated: false,
  latencyMs: 120,
  ttftMs: 30,
}

/** What that call costs without prices. */
export const charge: Charge = { points: 2, costNanoYuan: null }

/** Plans a fault for the first `count` requests of an action. */
export const failFirst = (count: number, action: string, fault: Fault) => {
  let remaining = count
  return (given: string): Fault | undefined => (given === `database.${action}` && remaining-- > 0 ? fault : undefined)
}

/** Plans a fault for all requests of an action. */
export const failAlways = (action: string, fault: Fault) => failFirst(Number.POSITIVE_INFINITY, action, fault)

/** Waits for a condition, at least `atLeastMs`. */
export const until = async (condition: () => boolean, atLeastMs = 0): Promise<void> => {
  const startedAt = performance.now()
  while (!condition() || performance.now() - startedAt < atLeastMs) {
    if (performance.now() - startedAt > 5_000) throw new Error('the condition was never true')
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}
