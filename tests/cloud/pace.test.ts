import { expect, test } from '@jest/globals'
import { retry } from '../../scripts/cloud/client/retry.ts'

test('starts at most 20 calls of the cloud in any second, in their order, however many ask at once', async () => {
  const starts: number[] = []
  const order = Array.from({ length: 45 }, (_, index) => index)
  const called = await Promise.all(
    order.map((index) =>
      retry(async () => {
        starts.push(Date.now())
        return index
      }),
    ),
  )
  expect(called).toEqual(order)
  const counts = starts.map((start) => starts.filter((other) => other >= start && other < start + 1_000).length)
  expect(Math.max(...counts)).toBeLessThanOrEqual(20)
})
