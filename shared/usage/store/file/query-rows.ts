import type { UsageRow } from '../row.ts'
import type { RowQuery } from '../store.ts'
import { countedColumns, maxGroups, summedColumns, type TotalsQuery, type UsageTotals } from '../totals.ts'

/** Whether a row has all of these values. */
export const matchesRow = (row: UsageRow, values: object): boolean =>
  Object.entries(values).every(([field, value]) => row[field as keyof UsageRow] === value)

type RowStream = Iterable<UsageRow> | AsyncIterable<UsageRow>

/** Returns the rows of a query from a stream of rows. Holds at most twice as many rows as the query needs. */
export const findRows = async (rows: RowStream, query: RowQuery): Promise<UsageRow[]> => {
  const { equal, atMost, order, limit, skip = 0 } = query
  const sign = order === 'ascending' ? 1 : -1
  const maxFound = skip + limit
  const sortAndCut = (found: UsageRow[]): UsageRow[] =>
    found
      .sort((one, other) => sign * (one[atMost.field] - other[atMost.field]) || (one.id < other.id ? -1 : 1))
      .slice(0, maxFound)
  let found: UsageRow[] = []
  for await (const row of rows) {
    if (!matchesRow(row, equal) || row[atMost.field] > atMost.value) continue
    found.push(row)
    if (found.length > 2 * maxFound) found = sortAndCut(found)
  }
  return sortAndCut(found).slice(skip)
}

/** Returns the totals of a stream of rows. */
export const sumRows = async (rows: RowStream, query: TotalsQuery): Promise<UsageTotals[]> => {
  const groups = new Map<string, UsageTotals>()
  for await (const row of rows) {
    const isOfUser = query.userId === undefined || row.user_id === query.userId
    if (row.state !== 'final' || !isOfUser || row.day < query.from || row.day > query.to) continue
    const group = Object.fromEntries(query.by.map((field) => [field, row[field]]))
    const key = JSON.stringify(group)
    groups.set(key, addRow(groups.get(key) ?? { ...noTotals, group }, row))
  }
  const sorted = [...groups.entries()].sort(([one], [other]) => (one < other ? -1 : 1))
  return sorted.slice(0, maxGroups).map(([, totals]) => totals)
}

const noTotals: UsageTotals = {
  group: {},
  records: 0,
  estimated: 0,
  orphans: 0,
  undelivered: 0,
  dead: 0,
  prompt_tokens: 0,
  completion_tokens: 0,
  total_tokens: 0,
  cached_tokens: 0,
  points: 0,
  cost_nano: 0,
}

const addRow = (totals: UsageTotals, row: UsageRow): UsageTotals => {
  const counts = Object.entries(countedColumns).map(([column, [field, value]]) => {
    return [column, totals[column as keyof typeof countedColumns] + (row[field] === value ? 1 : 0)]
  })
  const sums = summedColumns.map((column) => [column, totals[column] + (row[column] ?? 0)])
  return { ...totals, records: totals.records + 1, ...Object.fromEntries([...counts, ...sums]) }
}
