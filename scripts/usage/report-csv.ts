import { formatYuan } from '../../shared/usage/cost/pricing.ts'
import type { UsageTotals } from '../../shared/usage/store/totals.ts'

/** The columns after those of the groups, as in the usage record. */
const columns: Readonly<Record<string, (totals: UsageTotals) => string | number>> = {
  records: ({ records }) => records,
  estimated: ({ estimated }) => estimated,
  orphans: ({ orphans }) => orphans,
  undelivered: ({ undelivered }) => undelivered,
  dead: ({ dead }) => dead,
  prompt_tokens: (totals) => totals.prompt_tokens,
  cached_tokens: (totals) => totals.cached_tokens,
  completion_tokens: (totals) => totals.completion_tokens,
  total_tokens: (totals) => totals.total_tokens,
  points: ({ points }) => points,
  cost_cny: (totals) => formatYuan(totals.cost_nano),
}

/** Formats groups as CSV (RFC 4180), one line each. It begins with a byte order mark, without which Excel reads Chinese wrongly.
 *  A text that a spreadsheet would take for a formula begins with an apostrophe. */
export const formatReportCsv = (by: readonly string[], groups: readonly UsageTotals[]): string => {
  const rows = groups.map((totals) => [
    ...Object.values(totals.group).map((value) => value ?? ''),
    ...Object.values(columns).map((column) => column(totals)),
  ])
  return `\ufeff${[[...by, ...Object.keys(columns)], ...rows].map((row) => `${row.map(toCell).join(',')}\r\n`).join('')}`
}

const toCell = (value: string | number): string => {
  const text = typeof value === 'string' && /^[=+\-@\t\r]/.test(value) ? `'${value}` : String(value)
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}
