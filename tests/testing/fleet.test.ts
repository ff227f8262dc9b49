import { expect, test } from '@jest/globals'
import { runFleet } from '../../testing/fleet/run-fleet.ts'

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
