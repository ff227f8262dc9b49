import { expect, test } from '@jest/globals'
import { memoryRows } from '../../../shared/drivers/memory-rows.ts'
import { type AlertFacts, createAlertBook } from '../../../shared/gateway/stores/alert-book.ts'

const minute = 60_000
const dead: AlertFacts = { kind: 'records_dead', count: 2 }

const openBooks = (count: number) => {
  const rows = memoryRows()
  const clock = { now: 1_700_000_000_000 }
  return { clock, books: Array.from({ length: count }, () => createAlertBook(rows, () => clock.now)) }
}

const causes = (alerts: readonly { cause: string }[]) => alerts.map(({ cause }) => cause)

test('gives one alert per cause and hour, however many instances find it (R200)', async () => {
  const { books, clock } = openBooks(8)
  const [reader] = books
  if (!reader) throw new Error('no book')
  const addAll = () => Promise.all(books.flatMap((book) => [book.add('a', dead), book.add('b', dead)]))
  await addAll()
  const taken = await Promise.all(books.map((book) => book.take()))
  expect(taken.flatMap(causes).sort()).toEqual(['a', 'b'])
  await reader.markSent(['a', 'b'])
  await addAll()
  clock.now += 59 * minute
  await addAll()
  expect(await reader.take()).toEqual([])
  clock.now += 2 * minute
  await addAll()
  expect(causes(await reader.take())).toEqual(['a', 'b'])
})

test('gives an alert that was not sent again after a minute, with the time at which it was found', async () => {
  const { books, clock } = openBooks(1)
  const [book] = books
  const foundAt = clock.now
  await book?.add('a', dead)
  expect(await book?.take()).toEqual([{ cause: 'a', facts: dead, foundAt }])
  clock.now += 30_000
  expect(await book?.take()).toEqual([])
  clock.now += 30_000
  await book?.add('a', dead)
  expect(await book?.take()).toEqual([{ cause: 'a', facts: dead, foundAt }])
})

test('keeps its row small when thousands of causes are found, and gives the earliest first', async () => {
  const { books, clock } = openBooks(1)
  const [book] = books
  for (let index = 0; index < 1_000; index++) {
    clock.now += 1
    await book?.add(`c${index}`, dead)
  }
  let sent = 0
  for (let run = 0; run < 20; run++) {
    const taken = (await book?.take()) ?? []
    if (run === 0) expect(causes(taken)).toEqual(Array.from({ length: 20 }, (_, index) => `c${index}`))
    await book?.markSent(causes(taken))
    sent += taken.length
  }
  expect(sent).toBe(200)
})
