import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { memoryRows } from '../../../shared/drivers/memory-rows.ts'
import {
  type ClaimRequest,
  type Claims,
  claimIds,
  createClaims,
  type RecordedCall,
} from '../../../shared/limits/claims/claims.ts'
import { openWalletStore, storeKinds, type TestPlace, testPlaces } from '../../wallet/wallet-stores.ts'

const hour = 3_600_000
const asked: ClaimRequest = { id: 'first', user: 'ann', key: 'k', digest: 'd', maxMs: 60_000 }
const done = { outcome: 'complete', points: 3 }

/** Claims over rows in memory, with a clock and the record of each call. */
const createTimed = (recorded: RecordedCall = 'missing', mayLackRecord = false) => {
  const state = { time: 1_000_000, recorded }
  const { claim } = createClaims({
    store: memoryRows(),
    findCall: () => Promise.resolve(state.recorded),
    mayLackRecord,
    now: () => state.time,
  })
  return { state, claim }
}

const claimAs = async (claim: Claims['claim'], id: string, fields: Partial<ClaimRequest> = {}) => {
  const result = await claim({ ...asked, id, ...fields })
  return 'settle' in result ? result : result.kind
}

test('tells a repeat that its first call runs, and then how it ended, for 24 hours (R171)', async () => {
  const { state, claim } = createTimed()
  const first = await claim(asked)
  if (!('settle' in first)) throw new Error('refused')
  expect(await claim({ ...asked, id: 'again' })).toEqual({ kind: 'running', id: 'first' })
  await first.settle(done)
  await first.settle(undefined)
  state.time += 24 * hour - 1
  expect(await claim({ ...asked, id: 'again' })).toEqual({ kind: 'ended', id: 'first', result: done })
  state.time += 1
  expect(await claimAs(claim, 'again')).toHaveProperty('settle')
})

test('lets a key be used again, also with another body, if its call delivered nothing', async () => {
  const { claim } = createTimed()
  const first = await claim(asked)
  if ('settle' in first) await first.settle(undefined)
  const second = await claim({ ...asked, id: 'second', digest: 'other' })
  if ('settle' in first) await first.settle(done)
  expect(second).toHaveProperty('settle')
  expect(await claim({ ...asked, id: 'third', digest: 'other' })).toEqual({ kind: 'running', id: 'second' })
})

test('separates users, and refuses another body', async () => {
  const { claim } = createTimed()
  await claim(asked)
  expect(await claimAs(claim, 'bob', { user: 'bob' })).toHaveProperty('settle')
  expect(await claimAs(claim, 'nobody', { user: null })).toHaveProperty('settle')
  expect(await claimAs(claim, 'again', { digest: 'other' })).toBe('other_request')
})

test.each<[RecordedCall, boolean, unknown, unknown]>([
  ['open', false, 'running', 'running'],
  ['void', false, 'free', 'free'],
  [done, false, 'ended', 'ended'],
  ['missing', false, 'running', 'free'],
  ['missing', true, 'running', 'unknown'],
])(
  'judges a call without a result by its record: %j (may be missing: %s) is %s, and after its time %s (R171)',
  async (recorded, mayLack, early, late) => {
    for (const [wait, expected] of [
      [1_000, early],
      [200_000, late],
    ] as const) {
      const { state, claim } = createTimed(recorded, mayLack)
      await claim(asked)
      state.time += wait
      const result = await claimAs(claim, 'again')
      expect(typeof result === 'string' ? result : 'free').toBe(expected)
    }
  },
)

describe.each(storeKinds)('keys in %s', (kind) => {
  let database: TestPlace

  beforeAll(async () => {
    database = await testPlaces[kind]()
  }, 60_000)
  afterAll(() => database.close())

  const open = (now = Date.now) => {
    const store = openWalletStore(database.place)
    return { store, ...createClaims({ store, findCall: () => Promise.resolve('open'), mayLackRecord: false, now }) }
  }

  test('are claimed once by simultaneous calls of four instances (R171)', async () => {
    const instances = [open(), open(), open(), open()]
    const results = await Promise.all(
      Array.from({ length: 40 }, (_, index) =>
        instances[index % 4]?.claim({ ...asked, id: `${kind}-${index}`, key: 'crowd' }),
      ),
    )
    const claims = results.filter((result) => result && 'settle' in result)
    expect(claims).toHaveLength(1)
    expect(results.filter((result) => result && 'kind' in result && result.kind === 'running')).toHaveLength(39)
    await Promise.all(instances.map(({ store }) => store.end()))
  })

  test('are removed when they are forgotten, and no other row is', async () => {
    const past = () => Date.now() - 25 * hour
    const old = open(past)
    await old.claim({ ...asked, key: 'old' })
    const current = open()
    await current.claim({ ...asked, key: 'current' })
    const wallet = { id: 'wallet:ann', version: 0, dueAt: 1, data: '{}' }
    await current.store.insert([wallet])
    const list = async () =>
      (await current.store.findRange({ from: 'a', below: 'z', limit: 100 })).map(({ id, dueAt }) => [
        id,
        dueAt < Date.now(),
      ])
    const before = await list()
    await current.store.removeDue({ ...claimIds, time: Date.now() })
    const after = await list()
    expect(before.filter(([id, isDue]) => isDue && id !== wallet.id)).toHaveLength(1)
    expect(after).toEqual(before.filter(([id, isDue]) => !isDue || id === wallet.id))
    expect(after).toContainEqual([wallet.id, true])
    await Promise.all([old.store.end(), current.store.end()])
  })
})
