import { expect, test } from '@jest/globals'
import { runFleet } from '../../testing/fleet/run-fleet.ts'
import { runSharedFleet } from '../../testing/fleet/run-shared-fleet.ts'
import { testDatabase } from '../../testing/servers/test-database.ts'
import { describeWithDatabase } from '../support/describe-with-database.ts'

/** The short form of `npm run fleet`. Its shares are those of few conversations, so `order.test.ts` measures them. */
test('serves every request of a fleet from one target while targets fail in every way, and all return (R80, R82)', async () => {
  const { violations, affinity, switches } = await runFleet({ requests: 1_500, seed: 7, speed: 1000 })
  expect(violations).toEqual({
    failed: 0,
    mixed: 0,
    billedTwice: 0,
    triedTwice: 0,
    unrecorded: 0,
    wrongTarget: 0,
    lost: 0,
  })
  expect(affinity).toBeGreaterThanOrEqual(0.99)
  expect(switches).toBeGreaterThan(100)
}, 240_000)

describeWithDatabase('instances of a fleet that share MySQL', () => {
  test('never exceed max_concurrency together, and learn of rests and of their ends from each other', async () => {
    const { dsn } = await testDatabase()
    expect(await runSharedFleet({ USAGE_STORE: 'mysql', MYSQL_DSN: dsn })).toEqual({
      tooMany: 0,
      failed: 0,
      unaware: 0,
      lost: 0,
      misreported: 0,
    })
  }, 240_000)
})
