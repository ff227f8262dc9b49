import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { readEnvironment } from '../../../shared/gateway/config/variables/environment.ts'
import type { Variables } from '../../variables/read-variables.ts'

/** One `.sql` file of the gateway, with its statements in order. */
export interface SqlFile {
  readonly name: string
  readonly statements: readonly string[]
}

const sqlFolder = fileURLToPath(new URL('../../sql', import.meta.url))

/** The table names in the files, and the variables that rename them. A name with the suffix `_limits` or `_wallet` is
 *  renamed along with its table. */
const tableVariables = { llm_gateway_model_map: 'REMOTE_CONFIG_TABLE', llm_gateway_usage: 'USAGE_TABLE' } as const
const tableNames = Object.keys(tableVariables) as (keyof typeof tableVariables)[]

/** Returns the name of the model map's table, without its database. */
export const getModelTable = (variables: Variables): string => getTableName('llm_gateway_model_map', variables)

/** Returns the name of the usage records' table, without its database. */
export const getUsageTable = (variables: Variables): string => getTableName('llm_gateway_usage', variables)

const getTableName = (table: keyof typeof tableVariables, variables: Variables): string =>
  readEnvironment(variables).values[tableVariables[table]].split('.').pop() ?? table

/** Returns the tables that clients must not read: those that the files create, and the model map's, because its rows
 *  may hold keys. */
export const getClosedTables = (files: readonly SqlFile[], variables: Variables): string[] => {
  const created = files.flatMap(({ statements }) =>
    statements.flatMap((statement) => /^CREATE TABLE (?:IF NOT EXISTS )?`?(\w+)/i.exec(statement)?.[1] ?? []),
  )
  return [...new Set([getModelTable(variables), ...created])]
}

/** Reads the `.sql` files of a folder. A table comes before the columns that are added to it (`model-map`, then
 *  `model-map-columns`). */
export const readSqlFiles = (variables: Variables, folder = sqlFolder): SqlFile[] => {
  const names = existsSync(folder) ? readdirSync(folder).filter((name) => name.endsWith('.sql')) : []
  const base = (name: string): string => name.slice(0, -'.sql'.length)
  return names
    .sort((one, other) => (base(one) < base(other) ? -1 : 1))
    .map((name) => ({
      name,
      statements: splitStatements(renameTables(readFileSync(join(folder, name), 'utf8'), variables)),
    }))
}

const renameTables = (sql: string, variables: Variables): string =>
  tableNames.reduce(
    (text, table) =>
      text.replaceAll(new RegExp(`\\b${table}(?=\\b|_limits\\b|_wallet\\b)`, 'g'), getTableName(table, variables)),
    sql,
  )

/** A comment, a quoted text, the end of a statement, or any one character. */
const token = /--[^\n]*|'(?:[^'\\]|\\[\s\S]|'')*'|"(?:[^"\\]|\\[\s\S]|"")*"|`[^`]*`|;|[\s\S]/g

/** Splits SQL at the semicolons that end statements, and drops comments. */
export const splitStatements = (sql: string): string[] => {
  const statements = ['']
  for (const [piece] of sql.matchAll(token)) {
    if (piece === ';') statements.push('')
    else if (!piece.startsWith('--')) statements[statements.length - 1] += piece
  }
  return statements.map((statement) => statement.trim()).filter((statement) => statement !== '')
}
