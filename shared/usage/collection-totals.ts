import { isObject, type JsonObject } from '../protocol/json.ts'
import { countedBy, mostGroups, summed, type TotalsQuery, type UsageTotals } from './usage-totals.ts'

/** The aggregation that adds rows up (CloudBase documentation, "aggregate"): without a limit it would answer 20 groups. */
export const totalsStages = ({ by, userId, from, to }: TotalsQuery): JsonObject[] => [
  { $match: { state: 'final', day: { $gte: from, $lte: to }, ...(userId !== undefined && { user_id: userId }) } },
  {
    $group: {
      _id: Object.fromEntries(by.map((field) => [field, `$${field}`])),
      records: { $sum: 1 },
      ...Object.fromEntries(
        Object.entries(countedBy).map(([column, [field, value]]) => [
          column,
          { $sum: { $cond: [{ $eq: [`$${field}`, value] }, 1, 0] } },
        ]),
      ),
      ...Object.fromEntries(summed.map((column) => [column, { $sum: `$${column}` }])),
    },
  },
  { $sort: { _id: 1 } },
  { $limit: mostGroups },
]

/** The groups that the aggregation answers, as totals. */
export const totalsOfGroups = (groups: readonly JsonObject[], { by }: TotalsQuery): UsageTotals[] =>
  groups.map(({ _id: key, ...columns }) => {
    const names = isObject(key) ? key : {}
    const group = Object.fromEntries(by.map((field) => [field, names[field] ?? null]))
    return { ...columns, group } as unknown as UsageTotals
  })
