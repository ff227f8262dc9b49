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

test('runs at most five at a time and keeps the order of the results', async () => {
  const { started, map, end } = createWork()
  const mapped = mapParallel([1, 2, 3, 4, 5, 6, 7], map)
  expect(started).toEqual([1, 2, 3, 4, 5])
  await end(3)
  expect(started).toEqual([1, 2, 3, 4, 5, 6])
  for (const item of [6, 7, 5, 4, 2, 1]) await end(item)
  expect(await mapped).toEqual([1, 2, 3, 4, 5, 6, 7].map((item) => `of ${item}`))
})

test('starts nothing after a failure, waits for what runs, and throws the first failure', async () => {
  const { started, map, end } = createWork()
  let settled = false
  const mapped = mapParallel([1, 2, 3, 4, 5, 6], map).finally(() => {
    settled = true
  })
  const rejection = expect(mapped).rejects.toThrow('first')
  await end(2, new Error('first'))
  await end(1)
  await end(4, new Error('second'))
  await end(3)
  expect([started, settled]).toEqual([[1, 2, 3, 4, 5], false])
  await end(5)
  await rejection
  expect(started).not.toContain(6)
})

test('maps nothing to nothing', async () => {
  expect(await mapParallel([], () => Promise.resolve(1))).toEqual([])
})
