import type { RowStore, StoredRow } from './change-row.ts'

/** Rows above which those that are due are dropped. */
const maxRows = 10_000

/** Keeps rows in memory: those of one instance, as long as it lives. Rows with a `dueAt` in the past are dropped when there are many. */
export const memoryRows = (now = Date.now): RowStore => {
  const rows = new Map<string, StoredRow>()
  const dropDue = (): void => {
    for (const [id, { dueAt }] of rows) if (dueAt > 0 && dueAt <= now()) rows.delete(id)
  }
  return {
    read: (id) => Promise.resolve(rows.get(id)),
    insert: (added) => {
      if (rows.size >= maxRows) dropDue()
      for (const row of added) if (!rows.has(row.id)) rows.set(row.id, row)
      return Promise.resolve()
    },
    replace: (row) => {
      const isNext = rows.get(row.id)?.version === row.version - 1
      if (isNext) rows.set(row.id, row)
      return Promise.resolve(isNext)
    },
  }
}
