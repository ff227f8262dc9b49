import { describe, expect, test } from '@jest/globals'
import { mysqlUnderTest } from '../../testing/rig/store-under-test.ts'
import { testDatabase } from '../../testing/servers/test-database.ts'
import { computeDrift } from '../../testing/soak/drift.ts'
import { runSoak } from '../../testing/soak/run-soak.ts'
import { findViolations } from '../../testing/soak/violations.ts'
import { describeWithDatabase } from '../support/describe-with-database.ts'

/** This test checks books and connections. Memory still warms up in a run this short, and the store is too slow for many requests
 *  while other tests keep the machine busy. */
const bounds = { maxDrift: 0.5, maxRefused: 0.9 }

describeWithDatabase('runSoak', () => {
  test('records each request once, under its user, and leaves no connection open, with faults on every side (R4)', async () => {
    const { dsn } = await testDatabase()
    const store = await mysqlUnderTest(dsn, 1)
    try {
      const result = await runSoak(store, { seconds: 10, rate: 20, seed: 20_260 })
      expect(findViolations(result, bounds)).toEqual([])
      expect(result.reconciliation.requests).toBe(200)
      expect(result.reconciliation.completeAnswers).toBeGreaterThan(20)
    } finally {
      await store.close()
    }
  }, 60_000)
})

describe('computeDrift', () => {
  test('computes the growth from the end of the warm-up to the end, without the samples between', () => {
    const samples = [10, 50, 90, 100, 400, 100, 100, 80, 100, 100, 100, 100, 100, 300, 100, 100, 100, 120, 120, 120]
    expect(computeDrift(samples).drift).toBeCloseTo(0.2)
  })
})

describe('findViolations', () => {
  test('lists growth at its bound, lost records and open connections', () => {
    const failures = {
      lost: 1,
      doubled: 0,
      invented: 0,
      wrong: 0,
      leftOpen: 0,
      undelivered: 0,
      unrecorded: 0,
      contradicted: 0,
    }
    const books = { requests: 100, failures, exactTokensRecorded: 1, exactTokensStated: 2 }
    const result = {
      reconciliation: books as never,
      misattributed: 1,
      memory: { warmMb: 100, endMb: 110, drift: 0.1 },
      leftOpen: { clients: 0, provider: 2, webhook: 0 },
      statuses: { 200: 97, 503: 3 },
    }
    expect(findViolations(result, { maxDrift: 0.1, maxRefused: 0.02 })).toEqual([
      '1 records lost',
      '1 records misattributed',
      '2 connections left open: provider',
      'memory grew by 10.0 %',
      '3.0 % of the requests got a 503',
      'the recorded tokens differ from those of the provider',
    ])
  })
})
