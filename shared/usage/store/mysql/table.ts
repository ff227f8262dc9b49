import type { UsageRow } from '../row.ts'

const name = (length: number): string => `VARCHAR(${length}) NOT NULL`
const count = 'BIGINT UNSIGNED NOT NULL DEFAULT 0'
const flag = 'TINYINT(1) NOT NULL DEFAULT 0'

/** The columns of the usage table: each has the name of its field in a row. */
const columnTypes: Readonly<Record<keyof UsageRow, string>> = {
  id: `${name(64)} PRIMARY KEY`,
  state: name(8),
  delivery: name(8),
  mark: name(36),
  user_id: 'VARCHAR(128) NULL',
  model: name(255),
  upstream_model: name(255),
  provider: name(64),
  endpoint: name(64),
  stream: flag,
  client_request_id: 'VARCHAR(128) NULL',
  prices: 'VARCHAR(255) NULL',
  prompt_estimate: count,
  progress_tokens: count,
  opened_at: count,
  deadline_at: count,
  outcome: 'VARCHAR(16) NULL',
  estimated: flag,
  usage: 'TEXT NULL',
  prompt_tokens: count,
  completion_tokens: count,
  total_tokens: count,
  cached_tokens: count,
  points: count,
  cost_nano: 'BIGINT UNSIGNED NULL',
  latency_ms: count,
  ttft_ms: count,
  closed_at: count,
  day: 'CHAR(10) NOT NULL',
  attempts: 'INT UNSIGNED NOT NULL DEFAULT 0',
  next_at: count,
}

const indexes = [
  'KEY orphans (state, deadline_at)',
  'KEY due (delivery, next_at)',
  'KEY own (user_id, closed_at)',
  'KEY days (day)',
] as const

/** The names of all columns. */
export const usageColumns = Object.keys(columnTypes) as readonly (keyof UsageRow)[]

/** The columns that hold a yes or no. */
export const flagColumns = usageColumns.filter((column) => columnTypes[column] === flag)

/** The statement that creates the table; `scripts/sql/usage.sql` holds it for those who create it themselves. `table` is quoted. */
export const createUsageTable = (table: string): string => {
  const lines = [...usageColumns.map((column) => `\`${column}\` ${columnTypes[column]}`), ...indexes]
  return `CREATE TABLE IF NOT EXISTS ${table} (\n  ${lines.join(',\n  ')}\n) DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin`
}
