import type { UsageRow } from '../row.ts'

const nameColumn = (length: number): string => `VARCHAR(${length}) NOT NULL`
const countColumn = 'BIGINT UNSIGNED NOT NULL DEFAULT 0'
const flagColumn = 'TINYINT(1) NOT NULL DEFAULT 0'

/** The columns that the table did not have at first. A table of an earlier version may lack them. */
const addedColumnTypes = {
  units: 'TEXT NULL',
  target: 'VARCHAR(255) NULL',
  target_attempts: 'TEXT NULL',
  shortfall: 'BIGINT UNSIGNED NULL',
  safety: 'TEXT NULL',
  key_id: 'VARCHAR(64) NULL',
} as const

/** The columns of the usage table. Each has the name of its field in a row. */
const columnTypes: Readonly<Record<keyof UsageRow, string>> = {
  id: `${nameColumn(64)} PRIMARY KEY`,
  state: nameColumn(8),
  delivery: nameColumn(8),
  mark: nameColumn(36),
  user_id: 'VARCHAR(128) NULL',
  model: nameColumn(255),
  upstream_model: nameColumn(255),
  provider: nameColumn(64),
  endpoint: nameColumn(64),
  stream: flagColumn,
  client_request_id: 'VARCHAR(128) NULL',
  prices: 'VARCHAR(255) NULL',
  prompt_estimate: countColumn,
  progress_tokens: countColumn,
  opened_at: countColumn,
  deadline_at: countColumn,
  outcome: 'VARCHAR(16) NULL',
  estimated: flagColumn,
  usage: 'TEXT NULL',
  prompt_tokens: countColumn,
  completion_tokens: countColumn,
  total_tokens: countColumn,
  cached_tokens: countColumn,
  points: countColumn,
  cost_nano: 'BIGINT UNSIGNED NULL',
  latency_ms: countColumn,
  ttft_ms: countColumn,
  closed_at: countColumn,
  day: 'CHAR(10) NOT NULL',
  attempts: 'INT UNSIGNED NOT NULL DEFAULT 0',
  next_at: countColumn,
  ...addedColumnTypes,
}

const indexes = [
  'KEY orphans (state, deadline_at)',
  'KEY due (delivery, next_at)',
  'KEY own (user_id, closed_at)',
  'KEY days (day)',
] as const

/** The names of all columns. */
export const usageColumns = Object.keys(columnTypes) as readonly (keyof UsageRow)[]

/** The names of the columns that every table has. */
export const firstColumns = usageColumns.filter((column) => !(column in addedColumnTypes))

/** The statements that add the columns which a table of an earlier version lacks. A statement fails if its column is there already.
 *  `scripts/sql/usage-columns.sql` adds the same columns. `table` is a quoted name, here and below. */
export const addUsageColumns = (table: string): string[] =>
  Object.entries(addedColumnTypes).map(([column, type]) => `ALTER TABLE ${table} ADD COLUMN \`${column}\` ${type}`)

/** The statement that creates the table. `scripts/sql/usage.sql` holds the same statement for operators who create the table
 *  themselves. */
export const createUsageTable = (table: string): string => {
  const lines = [...usageColumns.map((column) => `\`${column}\` ${columnTypes[column]}`), ...indexes]
  return `CREATE TABLE IF NOT EXISTS ${table} (\n  ${lines.join(',\n  ')}\n) DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin`
}
