import type { Statement } from '../../../drivers/mysql.ts'
import type { UsageRow } from '../row.ts'
import type { RowQuery } from '../store.ts'
import {
  countedColumns,
  type Grouping,
  maxGroups,
  summedColumns,
  type TotalsQuery,
  type UsageTotals,
} from '../totals.ts'
import { flagColumns, usageColumns } from './table.ts'

/** A row as the driver answers it. */
type SqlRow = Readonly<Record<string, unknown>>

/** Inserts a row, unless one of its id is there. `table` is quoted, here and below. */
export const insertStatement = (table: string, row: UsageRow): Statement => ({
  sql: `INSERT INTO ${table} (${usageColumns.map(quoteName).join(', ')}) VALUES (${usageColumns.map(() => '?').join(', ')})
    ON DUPLICATE KEY UPDATE \`id\` = \`id\``,
  values: usageColumns.map((column) => row[column]),
})

/** Sets columns of the row that has certain values. */
export const updateStatement = (table: string, when: Partial<UsageRow>, set: Partial<UsageRow>): Statement => {
  const changes = Object.keys(set).map((column) => `${quoteName(column)} = ?`)
  const where = toConditions(when)
  const sql = `UPDATE ${table} SET ${changes.join(', ')} WHERE ${where.sql}`
  return { sql, values: [...Object.values(set), ...where.values] }
}

/** Finds rows. */
export const findStatement = (table: string, query: RowQuery): Statement => {
  const { equal, atMost, order, limit, skip = 0 } = query
  const where = toConditions(equal)
  const field = quoteName(atMost.field)
  const direction = order === 'ascending' ? 'ASC' : 'DESC'
  const sql = `SELECT * FROM ${table} WHERE ${where.sql} AND ${field} <= ? ORDER BY ${field} ${direction}, \`id\` LIMIT ? OFFSET ?`
  return { sql, values: [...where.values, atMost.value, limit, skip] }
}

/** Adds final rows up. */
export const totalsStatement = (table: string, { by, userId, from, to }: TotalsQuery): Statement => {
  const groups = by.map(quoteName)
  const columns = [
    ...groups,
    'COUNT(*) AS `records`',
    ...Object.entries(countedColumns).map(
      ([column, [field]]) => `SUM(${quoteName(field)} <=> ?) AS ${quoteName(column)}`,
    ),
    ...summedColumns.map((column) => `SUM(${quoteName(column)}) AS ${quoteName(column)}`),
  ]
  const where = toConditions({ state: 'final', ...(userId !== undefined && { user_id: userId }) })
  const grouped = groups.length > 0 ? `GROUP BY ${groups.join(', ')} ORDER BY ${groups.join(', ')}` : ''
  return {
    sql: `SELECT ${columns.join(', ')} FROM ${table} WHERE ${where.sql} AND \`day\` BETWEEN ? AND ? ${grouped} LIMIT ${maxGroups}`,
    values: [...Object.values(countedColumns).map(([, value]) => value), ...where.values, from, to],
  }
}

/** The row that the driver answered. */
export const toUsageRow = (row: SqlRow): UsageRow => {
  const flags = Object.fromEntries(flagColumns.map((column) => [column, row[column] === 1]))
  return { ...row, ...flags } as unknown as UsageRow
}

/** The totals that the driver answered: sums come as decimal strings, or null where there is nothing to add up. */
export const toTotals = (row: SqlRow, { by }: TotalsQuery): UsageTotals => {
  const isGroup = (column: string): boolean => by.includes(column as Grouping)
  const columns = Object.entries(row).filter(([column]) => !isGroup(column))
  const group = Object.fromEntries(by.map((column) => [column, row[column]]))
  return { ...Object.fromEntries(columns.map(([column, value]) => [column, Number(value ?? 0)])), group } as UsageTotals
}

const quoteName = (column: string): string => `\`${column}\``

/** `<=>` is MySQL's equality that holds between nulls as well. */
const toConditions = (equal: Partial<UsageRow>): Statement => ({
  sql: Object.keys(equal)
    .map((column) => `${quoteName(column)} <=> ?`)
    .join(' AND '),
  values: Object.values(equal),
})
