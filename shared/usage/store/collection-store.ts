import { addMissing, type CollectionOptions, createCollection, getList, getUpdated } from '../../drivers/collection.ts'
import { isObject, type JsonObject } from '../../runtime/json.ts'
import { readRow, readTotals } from './read-row.ts'
import type { UsageRow } from './row.ts'
import type { UsageStore } from './store.ts'
import { countedColumns, maxGroups, summedColumns, type TotalsQuery, type UsageTotals } from './totals.ts'

/** Stores rows in a collection of the environment's document database. The `_id` of a document is the row's id. A missing collection
 *  is created. */
export const collectionStore = (options: CollectionOptions): UsageStore => {
  const { run, runAgain } = createCollection(options)
  return {
    insert: (rows, timeoutMs) =>
      addMissing(
        rows.map(({ id, ...fields }) => ({ ...fields, _id: id })),
        (documents) => run((collection) => collection.add(documents), timeoutMs),
      ),
    change: async (ids, when, set, timeoutMs) =>
      getUpdated(await run((rows, db) => rows.where({ _id: db.command.in([...ids]), ...when }).update(set), timeoutMs)),
    read: async (id) => toUsageRows(await runAgain((rows) => rows.where({ _id: id }).limit(1).get()))[0],
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
      return toUsageRows(found)
    },
    totals: async (query) => {
      const stages = getTotalsStages(query)
      const { data } = await run((rows) => rows.options({ raw: true }).aggregate(stages).end())
      return toUsageTotals(getList(data), query)
    },
    end: () => Promise.resolve(),
  }
}

const toUsageRows = ({ data }: { data?: unknown }): UsageRow[] =>
  getList(data).map((document) => readRow({ ...document, id: document['_id'] }))

/** Returns the aggregation that adds rows up (CloudBase documentation, "aggregate"). Without a limit it returns 20 groups only. */
export const getTotalsStages = ({ by, userId, from, to }: TotalsQuery): JsonObject[] => [
  { $match: { state: 'final', day: { $gte: from, $lte: to }, ...(userId !== undefined && { user_id: userId }) } },
  {
    $group: {
      _id: Object.fromEntries(by.map((field) => [field, `$${field}`])),
      records: { $sum: 1 },
      ...Object.fromEntries(
        Object.entries(countedColumns).map(([column, [field, value]]) => [
          column,
          { $sum: { $cond: [{ $eq: [`$${field}`, value] }, 1, 0] } },
        ]),
      ),
      ...Object.fromEntries(summedColumns.map((column) => [column, { $sum: `$${column}` }])),
    },
  },
  { $sort: { _id: 1 } },
  { $limit: maxGroups },
]

/** Reads the groups that the aggregation returns. */
export const toUsageTotals = (groups: readonly JsonObject[], query: TotalsQuery): UsageTotals[] =>
  groups.map(({ _id: key, ...sums }) => readTotals(sums, isObject(key) ? key : {}, query))
