import { expect, test } from '@jest/globals'
import { createConnectionAges } from '../../shared/drivers/connection-ages.ts'

const createAges = () => {
  const clock = { monotonic: 0, wall: 0 }
  return { clock, ages: createConnectionAges(1_000, () => [clock.monotonic, clock.wall]) }
}

test.each(['monotonic', 'wall'] as const)(
  'an idle connection is stale after its time on the %s clock alone',
  (name) => {
    const { clock, ages } = createAges()
    const connection = {}
    expect(ages.isStale(connection)).toBe(false)
    ages.markIdle(connection)
    clock[name] = 1_000
    expect(ages.isStale(connection)).toBe(false)
    clock[name] = 1_001
    expect(ages.isStale(connection)).toBe(true)
  },
)

test('idle connections are stale when another one is lost, until they have worked again', () => {
  const { clock, ages } = createAges()
  const connection = {}
  ages.markIdle(connection)
  ages.markLost()
  expect(ages.isStale(connection)).toBe(true)
  clock.monotonic = 1
  ages.markIdle(connection)
  expect(ages.isStale(connection)).toBe(false)
})

test('idle connections are stale when work that began later hangs', () => {
  const { clock, ages } = createAges()
  const connection = {}
  ages.markIdle(connection)
  clock.monotonic = 1
  const endWork = ages.startWork()
  clock.monotonic = 500
  expect(ages.isStale(connection)).toBe(false)
  clock.monotonic = 502
  expect(ages.isStale(connection)).toBe(true)
  endWork()
})
