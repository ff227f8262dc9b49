import { randomUUID } from 'node:crypto'
import type { UsageRow } from '../row.ts'
import type { UsageStore } from '../store.ts'
import { FileJournal } from './journal.ts'
import { findRows, sumRows } from './query-rows.ts'
import { matchesUnfinishedOnly } from './replay.ts'

/** Stores rows in a local file, for development and single machines. Each line is one JSON object. Lines are only appended, and their
 *  order decides which of two transitions won, so several processes can share the file. Only unfinished rows are in memory. A
 *  query of other rows reads the file row by row. */
export const fileStore = (path: string): UsageStore => {
  const journal = new FileJournal(path)
  const appendOnce = createOnceByKey()
  return {
    insert: async (rows) => {
      const append = (row: UsageRow): Promise<void> =>
        appendOnce(['insert', row.id, row.mark], () => journal.append(row, { by: randomUUID(), set: row }))
      await Promise.all(rows.map(append))
    },
    change: async (ids, when, set) => {
      const mark = set.mark ?? randomUUID()
      const changeOne = (id: string): Promise<boolean> =>
        appendOnce(['change', id, mark], () => journal.change(id, { by: randomUUID(), when, set }))
      return (await Promise.all(ids.map(changeOne))).filter(Boolean).length
    },
    read: async (id) => {
      const unfinished = await journal.getUnfinishedRow(id)
      if (unfinished) return unfinished
      for await (const row of journal.readAllRows()) if (row.id === id) return row
      return undefined
    },
    find: async (query) => {
      const isInMemory = matchesUnfinishedOnly(query.equal)
      return findRows(isInMemory ? (await journal.getUnfinishedRows()).values() : journal.readAllRows(), query)
    },
    totals: (query) => sumRows(journal.readAllRows(), query),
    end: () => journal.end(),
  }
}

/** The number of writes whose results are remembered. A write is tried again within seconds. */
const maxResults = 1_000

/** Runs the work of each key once: a later call with the same key gets the same result. After a failure, the next call runs
 *  again. A process that stood still tries a write again while the first try is still at work, or has just succeeded. */
const createOnceByKey = () => {
  const results = new Map<string, Promise<unknown>>()
  return <Result>(parts: readonly string[], work: () => Promise<Result>): Promise<Result> => {
    const key = parts.join(' ')
    const known = results.get(key) as Promise<Result> | undefined
    if (known !== undefined) return known
    const result = work()
    results.set(key, result)
    result.catch(() => results.delete(key))
    const [oldest] = results.keys()
    if (results.size > maxResults && oldest !== undefined) results.delete(oldest)
    return result
  }
}
