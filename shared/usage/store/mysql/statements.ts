import type { Statement } from '../../../drivers/mysql.ts'
import type { UsageRow } from '../row.ts'
import type { RowQuery } from '../store.ts'
import { countedColumns, maxGroups, summedColumns, type TotalsQuery } from '../totals.ts'

/** A table and those of its columns that are written. */
export interface UsageTable {
  /** A quoted name. */
  readonly name: string
  readonly columns: readonly (keyof UsageRow)[]
}

/** Inserts rows, except those whose id is there. */
export const insertStatement = ({ name, columns }: UsageTable, rows: readonly UsageRow[]): Statement => {
  const placeholders = `(${columns.map(() => '?').join(', ')})`
  return {
    sql: `INSERT INTO ${name} (${columns.map(quoteName).join(', ')}) VALUES ${rows.map(() => placeholders).join(', ')}
      ON DUPLICATE KEY UPDATE \`id\` = \`id\``,
    values: rows.flatMap((row) => columns.map((column) => row[column])),
  }
}

/** Rows by their ids, the values that they must have, and those that they get. */
export interface RowChange {
  readonly ids: readonly string[]
  readonly when: Partial<UsageRow>
  readonly set: Partial<UsageRow>
}

/** Sets columns of the rows that have the values of `when`. */
export const updateStatement = ({ name, columns }: UsageTable, { ids, when, set }: RowChange): Statement => {
  const changed = columns.filter((column) => set[column] !== undefined)
  const where = toConditions(when)
  const assignments = changed.map((column) => `${quoteName(column)} = ?`).join(', ')
  const conditions = [`\`id\` IN (${ids.map(() => '?').join(', ')})`, ...(where.sql ? [where.sql] : [])]
  const sql = `UPDATE ${name} SET ${assignments} WHERE ${conditions.join(' AND ')}`
  return { sql, values: [...changed.map((column) => set[column] ?? null), ...ids, ...where.values] }
}

/** Selects the rows of a query. `table` is a quoted name, here and below. */
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
