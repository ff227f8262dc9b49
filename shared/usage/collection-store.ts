import { type CollectionStoreOptions, collectionRunner, isDuplicate, listOf, wasChanged } from './collection-runner.ts'
import { totalsOfGroups, totalsStages } from './collection-totals.ts'
import type { UsageRow } from './usage-row.ts'
import type { UsageStore } from './usage-store.ts'

/** Keeps rows in a collection of the environment's document database. A row's id is its document's `_id`. A missing collection is
 *  created. */
export const collectionStore = (options: CollectionStoreOptions): UsageStore => {
  const run = collectionRunner(options)
  return {
    insert: async ({ id, ...fields }) => {
      await run((rows) => rows.add({ ...fields, _id: id })).catch((error: unknown) => {
        if (!isDuplicate(error)) throw error
      })
    },
    change: async (id, when, set) => wasChanged(await run((rows) => rows.where({ _id: id, ...when }).update(set))),
    read: async (id) => rowsOf(await run((rows) => rows.where({ _id: id }).limit(1).get()))[0],
    find: async ({ equal, atMost: { field, value }, order, limit, skip = 0 }) => {
      const direction = order === 'ascending' ? 'asc' : 'desc'
      const found = await run((rows, db) =>
        rows
          .where({ ...equal, [field]: db.command.lte(value) })
          .orderBy(field, direction)
          .orderBy('_id', 'asc')
          .skip(skip)
          .limit(limit)
          .get(),
      )
      return rowsOf(found)
    },
    totals: async (query) => {
      const stages = totalsStages(query)
      const { data } = await run((rows) => rows.options({ raw: true }).aggregate(stages).end())
      return totalsOfGroups(listOf(data), query)
    },
    end: () => Promise.resolve(),
  }
}

const rowsOf = ({ data }: { data?: unknown }): UsageRow[] =>
  listOf(data).map(({ _id: id, ...fields }) => ({ ...fields, id }) as unknown as UsageRow)
