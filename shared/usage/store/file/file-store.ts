import { randomUUID } from 'node:crypto'
import type { UsageStore } from '../store.ts'
import { FileJournal } from './journal.ts'
import { findRows, sumRows } from './query-rows.ts'
import { matchesUnfinishedOnly } from './replay.ts'

/** Keeps rows in a local file, one JSON object a line, for development and single machines. Lines are only ever appended, and
 *  the file's order decides: whoever replays it learns which of two transitions won, so several processes can share it. In
 *  memory are only the rows that are not over; what is asked of the others is read through the file, row by row. */
export const fileStore = (path: string): UsageStore => {
  const journal = new FileJournal(path)
  return {
    insert: (row) => journal.append(row, { by: randomUUID(), set: row }),
    change: (id, when, set) => journal.change(id, { by: randomUUID(), when, set }),
    read: async (id) => {
      const unfinished = await journal.unfinishedRow(id)
      if (unfinished) return unfinished
      for await (const row of journal.allRows()) if (row.id === id) return row
      return undefined
    },
    find: async (query) => {
      const isNoneOver = matchesUnfinishedOnly(query.equal)
      return findRows(isNoneOver ? (await journal.unfinishedRows()).values() : journal.allRows(), query)
    },
    totals: (query) => sumRows(journal.allRows(), query),
    end: () => journal.end(),
  }
}
