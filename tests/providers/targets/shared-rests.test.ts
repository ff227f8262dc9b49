import { beforeEach, describe, expect, test } from '@jest/globals'
import type { Target } from '../../../shared/protocol/route.ts'
import { type Rest, Rests } from '../../../shared/providers/targets/rests.ts'
import { createSharedRests, type SharedRests } from '../../../shared/providers/targets/shared-rests.ts'
import { getTargetId } from '../../../shared/providers/targets/target-id.ts'
import { targetAt } from '../../support/call-provider.ts'

const target = targetAt('https://p.example.com')
const id = getTargetId(target)

let time: number
let stored: Rest[]
let isDown: boolean

/** An instance over the one store. */
interface Instance {
  readonly rests: Rests
  readonly shared: SharedRests
}

const createInstance = (): Instance => {
  const refuse = (): void => {
    if (isDown) throw new Error('down')
  }
  const store = {
    readRests: async () => {
      refuse()
      return stored.filter(({ until }) => until > time)
    },
    addRest: async (rest: Rest) => {
      refuse()
      stored.push(rest)
    },
    removeRests: async (removed: string) => {
      refuse()
      stored = stored.filter((rest) => rest.id !== removed)
    },
  }
  const rests: Rests = new Rests({
    now: () => time,
    onRest: (_, rest) => shared.publish(rest),
    onReturn: (_, rest) => shared.withdraw(rest),
  })
  const shared = createSharedRests(store, rests, () => time)
  return { rests, shared }
}

/** Lets an instance read the store, as its next call does after five seconds. */
const refresh = async ({ shared }: Instance): Promise<void> => {
  time += 5_000
  shared.refresh()
  await settle()
}
const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))
const isResting = ({ rests }: Instance): boolean => rests.getWaitMs([target]) > 0
const fail = ({ rests }: Instance, reason: Rest['reason'], waitMs?: number): void =>
  rests.begin(target)({ reason, waitMs })
const succeed = ({ rests }: Instance, picked: Target = target): void => rests.begin(picked)('works')

let one: Instance
let other: Instance

beforeEach(() => {
  time = 1_000_000
  stored = []
  isDown = false
  one = createInstance()
  other = createInstance()
})

describe('a success that ends a rest early', () => {
  test('ends it for all instances, and in the store', async () => {
    fail(one, 'quota')
    await settle()
    await refresh(other)
    expect(isResting(other)).toBe(true)
    succeed(other)
    await settle()
    expect(stored).toEqual([])
    const third = createInstance()
    await refresh(third)
    expect(isResting(third)).toBe(false)
  })

  test('ends the rests of other reasons with it, also those that it has not read', async () => {
    fail(one, 'rate', 40_000)
    fail(one, 'quota')
    await settle()
    await refresh(other)
    stored.push({ id, reason: 'key', isTold: false, until: time + 3_000_000 })
    succeed(other)
    await settle()
    await refresh(other)
    expect(isResting(other)).toBe(false)
    expect(stored).toEqual([])
  })

  test('ends the rest of an instance that has learned of it', async () => {
    const third = createInstance()
    fail(one, 'quota')
    await settle()
    await refresh(third)
    await refresh(other)
    succeed(other)
    await settle()
    expect(isResting(third)).toBe(true)
    await refresh(third)
    expect(isResting(third)).toBe(false)
  })

  test('counts here at once while the store fails, and there later', async () => {
    fail(one, 'quota')
    await settle()
    isDown = true
    succeed(one)
    await settle()
    expect(isResting(one)).toBe(false)
    expect(stored).toHaveLength(1)
    isDown = false
    await refresh(one)
    expect(isResting(one)).toBe(false)
    expect(stored).toEqual([])
  })

  test('does not remove a rest that begins after it', async () => {
    fail(one, 'quota')
    await settle()
    isDown = true
    succeed(one)
    await settle()
    isDown = false
    fail(one, 'key')
    await settle()
    await refresh(one)
    expect(isResting(one)).toBe(true)
    expect(stored.map(({ reason }) => reason)).toEqual(['quota', 'key'])
  })
})

test('a rest that is over is not looked for in the store when its target returns', async () => {
  fail(one, 'rate', 5_000)
  await settle()
  time += 5_000
  isDown = true
  succeed(one)
  await settle()
  expect(stored).toHaveLength(1)
})
