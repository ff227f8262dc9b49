import { expect, test } from '@jest/globals'
import { mapParallel } from '../../scripts/cloud/client/map-parallel.ts'

/** Maps by hand: each item waits until its turn is ended. */
const createWork = () => {
  const started: number[] = []
  const ends = new Map<number, (failure?: Error) => void>()
  const map = (item: number): Promise<string> =>
    new Promise((resolve, reject) => {
      started.push(item)
      ends.set(item, (failure) => (failure ? reject(failure) : resolve(`of ${item}`)))
    })
  const end = async (item: number, failure?: Error): Promise<void> => {
    ends.get(item)?.(failure)
    await new Promise(setImmediate)
  }
  return { started, map, end }
}

/** The numbers from 1 to `last`. */
const countTo = (last: number): number[] => Array.from({ length: last }, (_, index) => index + 1)

test('runs at most ten at a time and keeps the order of the results', async () => {
  const { started, map, end } = createWork()
  const mapped = mapParallel(countTo(12), map)
  expect(started).toEqual(countTo(10))
  await end(3)
  expect(started).toEqual(countTo(11))
  for (const item of [6, 11, 7, 10, 12, 9, 5, 8, 4, 2, 1, 12]) await end(item)
  expect(await mapped).toEqual(countTo(12).map((item) => `of ${item}`))
})

test('starts nothing after a failure, waits for what runs, and throws the first failure', async () => {
  const { started, map, end } = createWork()
  let settled = false
  const mapped = mapParallel(countTo(11), map).finally(() => {
    settled = true
  })
  const rejection = expect(mapped).rejects.toThrow('first')
  await end(2, new Error('first'))
  await end(1)
  await end(4, new Error('second'))
  await end(3)
  expect([started, settled]).toEqual([countTo(10), false])
  for (const item of [5, 6, 7, 8, 9, 10]) await end(item)
  await rejection
  expect(started).not.toContain(11)
})

test('maps nothing to nothing', async () => {
  expect(await mapParallel([], () => Promise.resolve(1))).toEqual([])
})
