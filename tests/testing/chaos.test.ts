import { describe, expect, test } from '@jest/globals'
import { type ChaosResult, runChaos } from '../../testing/chaos/run-chaos.ts'
import { collectionUnderTest, mysqlUnderTest, type StoreUnderTest } from '../../testing/rig/store-under-test.ts'
import { testDatabase } from '../../testing/servers/test-database.ts'
import { describeWithDatabase } from '../support/describe-with-database.ts'

const options = { requests: 1_000, faults: 0.1, kills: 8, seed: 20_260 }

/** The short form of `npm run chaos`. */
const run = async (store: StoreUnderTest): Promise<ChaosResult> => {
  try {
    return await runChaos(store, options)
  } finally {
    await store.close()
  }
}

const expectBalanced = ({ reconciliation, flush, pending }: ChaosResult): void => {
  expect(reconciliation.failures).toEqual({
    lost: 0,
    doubled: 0,
    invented: 0,
    wrong: 0,
    unsettled: 0,
    leftOpen: 0,
    undelivered: 0,
    unrecorded: 0,
    contradicted: 0,
  })
  expect(reconciliation.exactTokensRecorded).toBe(reconciliation.exactTokensStated)
  expect(reconciliation.answers).toBeGreaterThan(600)
  expect(reconciliation.estimated).toBeGreaterThan(0)
  expect(flush.orphans).toBe(reconciliation.orphans)
  expect(flush.delivered).toBe(pending + flush.orphans)
}

describe('runChaos with a collection', () => {
  test('records each of a thousand requests exactly once in the collection, with faults and kills (R3)', async () => {
    expectBalanced(await run(await collectionUnderTest(options.seed)))
  }, 120_000)
})

describeWithDatabase('runChaos with MySQL', () => {
  test('records each of a thousand requests exactly once in MySQL, with faults and kills (R3)', async () => {
    const { dsn } = await testDatabase()
    expectBalanced(await run(await mysqlUnderTest(dsn, options.seed)))
  }, 120_000)
})
