import { expect, jest, test } from '@jest/globals'
import { poll } from '../../scripts/cloud/client/poll.ts'

/** Reads 1, 2, 3, … */
const counter = () => {
  let reads = 0
  return () => Promise.resolve(++reads)
}

test('reads until the result is enough', async () => {
  expect(await poll(counter(), (count) => count === 3, { patienceMs: 60_000, pauseMs: 1 })).toBe(3)
})

test('reads once without patience', async () => {
  expect(await poll(counter(), () => false, { patienceMs: -1 })).toBe(1)
})

test('notes what it waits for, but not a result that is enough', async () => {
  const notes: number[] = []
  const note = (count: number): void => void notes.push(count)
  const options = { patienceMs: 60_000, pauseMs: 1, note, noteEveryMs: 0 }
  await poll(counter(), (count) => count === 4, options)
  expect(notes).toEqual([1, 2, 3])
})

test('notes at most once per interval', async () => {
  const seconds: number[] = []
  const note = (_: number, waited: number): void => void seconds.push(waited)
  await poll(counter(), (count) => count === 5, { patienceMs: 60_000, pauseMs: 1, note, noteEveryMs: 60_000 })
  expect(seconds).toEqual([])
})

test('notes what it waits for every 10 seconds', async () => {
  let now = 0
  const clock = jest.spyOn(Date, 'now').mockImplementation(() => (now += 5_000))
  const seconds: number[] = []
  const note = (_: number, waited: number): void => void seconds.push(waited)
  await poll(counter(), (count) => count === 7, { patienceMs: 300_000, pauseMs: 1, note })
  clock.mockRestore()
  expect(seconds).toEqual([10, 20, 30])
})
