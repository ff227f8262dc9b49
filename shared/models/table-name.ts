const identifier = '[A-Za-z_][A-Za-z0-9_]{0,63}'
const shape = new RegExp(`^(?:(${identifier})\\.)?(${identifier})$`)

/** A table, and its database where one is named. */
export interface TableName {
  readonly database: string | undefined
  readonly table: string
  /** Both in backticks, ready for a statement. */
  readonly quoted: string
  /** The table of version stamps beside it, in backticks. */
  readonly quotedState: string
}

/** The table of version stamps: one row a model map (`scripts/sql/state.sql`). */
export const stateTable = 'llm_gateway_state'

/** Reads a table's name, `table` or `database.table`; undefined for anything else, because a name cannot be a parameter of a
 *  statement. */
export const parseTableName = (text: string): TableName | undefined => {
  const found = shape.exec(text)
  if (!found?.[2]) return undefined
  const [, database, table] = found
  const prefix = database ? `\`${database}\`.` : ''
  return { database, table, quoted: `${prefix}\`${table}\``, quotedState: `${prefix}\`${stateTable}\`` }
}
