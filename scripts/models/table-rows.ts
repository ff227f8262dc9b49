import type { TableName } from '../../shared/models/sources/table.ts'
import type { JsonObject } from '../../shared/runtime/json.ts'
import type { Database } from './database.ts'
import type { Change } from './difference.ts'

/** A table of models, and how it is reached. */
export interface Table {
  readonly database: Database
  readonly table: TableName
}

/** Reads all rows of the table. */
export const readRows = ({ database, table }: Table): Promise<JsonObject[]> =>
  database.run(`SELECT * FROM ${table.quoted} ORDER BY model_name`)

/** Returns those of the columns that the table lacks, each once. */
export const findMissingColumns = async ({ database, table }: Table, columns: readonly string[]): Promise<string[]> => {
  const rows = await database.run(`SHOW COLUMNS FROM ${table.quoted}`)
  const present = new Set(rows.map((row) => row['Field']))
  return [...new Set(columns.filter((column) => !present.has(column)))]
}

/** Writes a change of one row. */
export const writeRow = async ({ database, table }: Table, { row, before }: Change): Promise<void> => {
  if (before) await database.run(`UPDATE ${table.quoted} SET ? WHERE model_name = ?`, [row, before['model_name']])
  else await database.run(`INSERT INTO ${table.quoted} SET ?`, [row])
}
