import { createRdb, getRdbRows, type RdbOptions, type RdbQuery } from '../../drivers/rdb.ts'
import type { JsonObject } from '../../runtime/json.ts'
import { readRow, readTotals } from './read-row.ts'
import type { UsageRow } from './row.ts'
import type { UsageStore } from './store.ts'
import { maxGroups, summedColumns, type TotalsQuery, type UsageTotals } from './totals.ts'

/** The table, and the environment that holds it. */
export interface RdbStoreOptions extends RdbOptions {
  readonly table: string
}

/** Rows that are read at a time: the API cuts longer results without a notice. */
const pageSize = 1_000

/** Stores rows in a table of the environment's PostgreSQL, over CloudBase's HTTPS API: no VPC, no password, no connection to keep. The
 *  API cannot create the table: `scripts/sql/postgres/usage.sql` does. */
export const rdbStore = ({ table, ...options }: RdbStoreOptions): UsageStore => {
  const { run, runAgain } = createRdb(options)
  return {
    insert: async (rows, timeoutMs) => {
      await run(table, (query) => query.upsert(rows, { onConflict: 'id', ignoreDuplicates: true }), timeoutMs)
    },
    // The API returns the rows that it changed.
    change: async (ids, when, set, timeoutMs) => {
      const change = (query: RdbQuery) => where(query.update(set), when).in('id', ids).select('id')
      return getRdbRows(await run(table, change, timeoutMs)).length
    },
    read: async (id) => {
      const [row] = getRdbRows(await runAgain(table, (query) => where(query.select('*'), { id }).limit(1)))
      return row && readRow(row)
    },
    find: async ({ equal, atMost: { field, value }, order, limit, skip = 0 }) => {
      const result = await runAgain(table, (query) =>
        where(query.select('*'), equal)
          .lte(field, value)
          .order(field, { ascending: order === 'ascending' })
          .order('id')
          .range(skip, skip + limit - 1),
      )
      return getRdbRows(result).map(readRow)
    },
    totals: async (query) => {
      const readPage = async (first: number): Promise<JsonObject[]> =>
        getRdbRows(
          await runAgain(`${table}_totals`, (view) => selectTotals(view, query).range(first, first + pageSize - 1)),
        )
      return addGroups(readPage, query)
    },
    end: () => Promise.resolve(),
  }
}

/** Adds the condition that a row has all of these values. */
const where = (query: RdbQuery, values: Partial<UsageRow>): RdbQuery =>
  Object.entries(values).reduce(
    (query, [column, value]) => (value === null ? query.is(column, null) : query.eq(column, value)),
    query,
  )

/** The view has one row for each day, model, user and key: a query cannot group. */
const selectTotals = (view: RdbQuery, { userId, from, to }: TotalsQuery): RdbQuery =>
  where(view.select('*'), userId === undefined ? {} : { user_id: userId })
    .gte('day', from)
    .lte('day', to)
    .order('day')
    .order('model')
    .order('user_id')
    .order('key_id')

const addGroups = async (
  readPage: (first: number) => Promise<JsonObject[]>,
  query: TotalsQuery,
): Promise<UsageTotals[]> => {
  const groups = new Map<string, UsageTotals>()
  for (let first = 0; ; ) {
    const rows = await readPage(first)
    if (rows.length === 0) break
    first += rows.length
    for (const row of rows) {
      const totals = readTotals(row, row, query)
      const key = JSON.stringify(totals.group)
      const sum = groups.get(key)
      groups.set(key, sum ? addTotals(sum, totals) : totals)
    }
  }
  if (query.by.length === 0 && groups.size === 0) return [readTotals({}, {}, query)]
  const sorted = [...groups.entries()].sort(([one], [other]) => (one < other ? -1 : 1))
  return sorted.slice(0, maxGroups).map(([, totals]) => totals)
}

const addedColumns = ['records', 'estimated', 'orphans', 'undelivered', 'dead', ...summedColumns] as const

const addTotals = (one: UsageTotals, other: UsageTotals): UsageTotals => ({
  ...one,
  ...Object.fromEntries(addedColumns.map((column) => [column, one[column] + other[column]])),
})
