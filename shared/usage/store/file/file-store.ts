import { randomUUID } from 'node:crypto'
import type { UsageStore } from '../store.ts'
import { FileJournal } from './journal.ts'
import { findRows, sumRows } from './query-rows.ts'
import { matchesUnfinishedOnly } from './replay.ts'

/** Stores rows in a local file, for development and single machines. Each line is one JSON object. Lines are only appended, and their
 *  order decides which of two transitions won, so several processes can share the file. Only unfinished rows are in memory. A
 *  query of other rows reads the file row by row. */
export const fileStore = (path: string): UsageStore => {
  const journal = new FileJournal(path)
  return {
    insert: (row) => journal.append(row, { by: randomUUID(), set: row }),
    change: (id, when, set) => journal.change(id, { by: randomUUID(), when, set }),
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
