import { expect, test } from '@jest/globals'
import { createRetryQueue } from '../../../shared/usage/ledger/retry-queue.ts'
import { toOpenRow, toUsageRecord } from '../../../shared/usage/store/row.ts'
import type { UsageStore } from '../../../shared/usage/store/store.ts'
import { captureLog } from '../../support/capture-log.ts'
import { openingOf } from '../../support/make-opening.ts'

const ended = (id: string) => {
  const row = toOpenRow(openingOf({ requestId: id }), { now: 0, maxMs: 1, written: true })
  return { row, final: { state: 'final' }, record: toUsageRecord(row), opened: 'yes' } as const
}

/** Takes every change but those of one row. */
const storeWithout = (refused: string, taken: string[]): UsageStore =>
  ({
    change: (id: string) => (id === refused ? Promise.reject(new Error('no')) : Promise.resolve(taken.push(id) > 0)),
  }) as unknown as UsageStore

test('an end that a store never takes is in no other one’s way', async () => {
  const taken: string[] = []
  const { log, lines } = captureLog()
  const left = createRetryQueue(storeWithout('bad', taken), log)
  for (const id of ['bad', 'one', 'two']) left.add(ended(id))
  await left.retry()
  expect(taken).toEqual([])
  await left.retry()
  expect(taken).toEqual(['one', 'two'])
  expect(lines.map(({ fields }) => fields['request_id'])).toEqual(['one', 'two'])
}, 20_000)

test('nothing is tried where nothing is left, or nothing is kept', async () => {
  const { log, lines } = captureLog()
  await createRetryQueue(storeWithout('', []), log).retry()
  const nowhere = createRetryQueue(undefined, log)
  nowhere.add(ended('one'))
  await nowhere.retry()
  expect(lines).toEqual([])
})
