import { expect, test } from '@jest/globals'
import { createRetryQueue } from '../../../shared/usage/ledger/retry-queue.ts'
import { toOpenRow, toUsageRecord } from '../../../shared/usage/store/row.ts'
import type { UsageStore } from '../../../shared/usage/store/store.ts'
import { unavailableStore } from '../../../shared/usage/store/unavailable-store.ts'
import { captureLog } from '../../support/capture-log.ts'
import { makeOpening } from '../../support/make-opening.ts'

const createEnded = (id: string) => {
  const row = toOpenRow(makeOpening({ requestId: id }), { now: 0, maxMs: 1, written: true })
  return { row, final: { state: 'final' }, getRecord: () => toUsageRecord(row), openRow: 'stored' } as const
}

/** A store that takes the changes of all rows but one. */
const storeWithout = (refused: string, taken: string[]): UsageStore => ({
  ...unavailableStore,
  change: async (ids) => {
    if (ids.includes(refused)) throw new Error('no')
    taken.push(...ids)
    return ids.length
  },
})

test('writes the other ends although the store never takes one of them', async () => {
  const taken: string[] = []
  const { log, lines } = captureLog()
  const queue = createRetryQueue(storeWithout('bad', taken), log)
  for (const id of ['bad', 'one', 'two']) queue.add(createEnded(id))
  await queue.retry()
  expect(taken).toEqual([])
  await queue.retry()
  expect(taken).toEqual(['one', 'two'])
  expect(lines.map(({ fields }) => fields['request_id'])).toEqual(['one', 'two'])
}, 20_000)

test('writes nothing if the queue is empty or there is no store', async () => {
  const { log, lines } = captureLog()
  await createRetryQueue(storeWithout('', []), log).retry()
  const queue = createRetryQueue(undefined, log)
  queue.add(createEnded('one'))
  await queue.retry()
  expect(lines).toEqual([])
})
