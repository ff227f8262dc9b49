import type { RangeStore } from '../../shared/drivers/change-row.ts'
import { memoryRows } from '../../shared/drivers/memory-rows.ts'

/** Keeps rows in memory that can also be read by ranges, as those of the stores can. */
export const rangeRows = (): RangeStore => {
  const rows = memoryRows()
  const ids = new Set<string>()
  return {
    ...rows,
    insert: (added) => {
      for (const { id } of added) ids.add(id)
      return rows.insert(added)
    },
    findRange: async ({ from, below, limit }) => {
      const found = [...ids].filter((id) => id >= from && id < below).sort()
      const read = await Promise.all(found.reverse().slice(0, limit).map(rows.read))
      return read.filter((row) => row !== undefined)
    },
  }
}
