import { expect, test } from '@jest/globals'
import { watchStore } from '../../../shared/usage/ledger/watch-store.ts'
import { unavailableStore } from '../../../shared/usage/store/unavailable-store.ts'

const createWatched = () => {
  let isDown = false
  let moment: readonly [number, number] = [1_000, 1_000_000]
  const write = () => (isDown ? Promise.reject(new Error('down')) : Promise.resolve())
  const given = { ...unavailableStore, insert: write, change: () => write().then(() => 0) }
  const { store, isInDoubt } = watchStore(given, () => moment)
  return {
    store,
    isInDoubt,
    setDown: (down: boolean): void => {
      isDown = down
    },
    pass: (monotonicMs: number, wallMs: number): void => {
      moment = [moment[0] + monotonicMs, moment[1] + wallMs]
    },
  }
}

test('trusts a store that was never used, so that a new instance loses no time', () => {
  expect(createWatched().isInDoubt()).toBe(false)
})

test.each(['insert', 'change'] as const)(
  'doubts a store from a failed %s to the next insert that succeeds',
  async (verb) => {
    const { store, isInDoubt, setDown } = createWatched()
    const write = () => (verb === 'insert' ? store.insert([]) : store.change(['r'], {}, {}))
    setDown(true)
    await expect(write()).rejects.toThrow('down')
    expect(isInDoubt()).toBe(true)
    setDown(false)
    await store.change(['r'], {}, {})
    expect(isInDoubt()).toBe(true)
    await store.insert([])
    expect(isInDoubt()).toBe(false)
  },
)

test.each([
  ['the monotonic clock', 5_001, 0],
  ['the wall clock, as after a suspension', 0, 5_001],
])('doubts a store whose last write is more than 5 s ago by %s', async (_, monotonicMs, wallMs) => {
  const { store, isInDoubt, pass } = createWatched()
  await store.insert([])
  pass(4_000, 4_000)
  expect(isInDoubt()).toBe(false)
  await store.insert([])
  pass(monotonicMs, wallMs)
  expect(isInDoubt()).toBe(true)
  await store.insert([])
  expect(isInDoubt()).toBe(false)
})
