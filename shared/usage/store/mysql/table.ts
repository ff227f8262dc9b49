import type { UsageRow } from '../row.ts'

const nameColumn = (length: number): string => `VARCHAR(${length}) NOT NULL`
const countColumn = 'BIGINT UNSIGNED NOT NULL DEFAULT 0'
const flagColumn = 'TINYINT(1) NOT NULL DEFAULT 0'

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
}

const indexes = [
  'KEY orphans (state, deadline_at)',
  'KEY due (delivery, next_at)',
  'KEY own (user_id, closed_at)',
  'KEY days (day)',
] as const

/** The names of all columns. */
export const usageColumns = Object.keys(columnTypes) as readonly (keyof UsageRow)[]

/** The statement that creates the table. `scripts/sql/usage.sql` holds the same statement for operators who create the table
 *  themselves. `table` is a quoted name. */
export const createUsageTable = (table: string): string => {
  const lines = [...usageColumns.map((column) => `\`${column}\` ${columnTypes[column]}`), ...indexes]
  return `CREATE TABLE IF NOT EXISTS ${table} (\n  ${lines.join(',\n  ')}\n) DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin`
}
