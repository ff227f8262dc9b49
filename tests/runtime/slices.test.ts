import { expect, test } from '@jest/globals'
import { doInSlices, finishWork, type SlicedWork } from '../../shared/runtime/slices.ts'

test('lets other work have its turn after each slice, and resolves with the result', async () => {
  let now = 0
  const order: string[] = []
  function* work(): SlicedWork<string> {
    for (let part = 0; part < 6; part += 1) {
      now += 4
      order.push(`part ${part}`)
      yield
    }
    return 'done'
  }
  const turn = (): void => {
    order.push('other')
    if (order.length < 8) setImmediate(turn)
  }
  setImmediate(turn)
  expect(await doInSlices(work(), { sliceMs: 10, now: () => now })).toBe('done')
  expect(order).toEqual(['part 0', 'part 1', 'part 2', 'other', 'part 3', 'part 4', 'part 5', 'other'])
})

test('rejects with what the work throws', async () => {
  function* work(): SlicedWork<void> {
    yield
    throw new RangeError('too large')
  }
  await expect(doInSlices(work())).rejects.toThrow('too large')
})

test('is done at once by a tool', () => {
  function* work(): SlicedWork<number> {
    yield
    return 7
  }
  expect(finishWork(work())).toBe(7)
})
