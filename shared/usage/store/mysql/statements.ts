import type { Statement } from '../../../drivers/mysql.ts'
import type { UsageRow } from '../row.ts'
import type { RowQuery } from '../store.ts'
import { countedColumns, maxGroups, summedColumns, type TotalsQuery } from '../totals.ts'
import { usageColumns } from './table.ts'

/** Inserts a row unless there is one with its id. `table` is a quoted name, here and below. */
export const insertStatement = (table: string, row: UsageRow): Statement => ({
  sql: `INSERT INTO ${table} (${usageColumns.map(quoteName).join(', ')}) VALUES (${usageColumns.map(() => '?').join(', ')})
    ON DUPLICATE KEY UPDATE \`id\` = \`id\``,
  values: usageColumns.map((column) => row[column]),
})

/** Sets columns of the row that has the values of `when`. */
export const updateStatement = (table: string, when: Partial<UsageRow>, set: Partial<UsageRow>): Statement => {
  const changes = Object.keys(set).map((column) => `${quoteName(column)} = ?`)
  const where = toConditions(when)
  const sql = `UPDATE ${table} SET ${changes.join(', ')} WHERE ${where.sql}`
  return { sql, values: [...Object.values(set), ...where.values] }
}

/** Selects the rows of a query. */
export const findStatement = (table: string, query: RowQuery): Statement => {
  const { equal, atMost, order, limit, skip = 0 } = query
  const where = toConditions(equal)
  const field = quoteName(atMost.field)
  const direction = order === 'ascending' ? 'ASC' : 'DESC'
  const sql = `SELECT * FROM ${table} WHERE ${where.sql} AND ${field} <= ? ORDER BY ${field} ${direction}, \`id\` LIMIT ? OFFSET ?`
  return { sql, values: [...where.values, atMost.value, limit, skip] }
}

/** Adds up the final rows of each group. */
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

const quoteName = (column: string): string => `\`${column}\``

/** `<=>` is MySQL's equality that is also true for two nulls. */
const toConditions = (equal: Partial<UsageRow>): Statement => ({
  sql: Object.keys(equal)
    .map((column) => `${quoteName(column)} <=> ?`)
    .join(' AND '),
  values: Object.values(equal),
})
