import { formatYuan } from '../../shared/usage/cost/pricing.ts'
import type { UsageTotals } from '../../shared/usage/store/totals.ts'

/** The columns of a report after those of its groups. */
const columns: Readonly<Record<string, (totals: UsageTotals) => string>> = {
  records: ({ records }) => String(records),
  estimated: ({ estimated }) => String(estimated),
  orphans: ({ orphans }) => String(orphans),
  undelivered: ({ undelivered }) => String(undelivered),
  dead: ({ dead }) => String(dead),
  prompt: (totals) => String(totals.prompt_tokens),
  cached: (totals) => String(totals.cached_tokens),
  completion: (totals) => String(totals.completion_tokens),
  total: (totals) => String(totals.total_tokens),
  points: ({ points }) => String(points),
  yuan: (totals) => formatYuan(totals.cost_nano),
}

/** Returns the name of a group. A missing user or model is a dash. */
export const getGroupName = ({ group }: UsageTotals): string =>
  Object.values(group)
    .map((value) => value ?? '-')
    .join(' · ')

/** Formats a report as aligned text: one line for each group, and a last line for all records, those of groups that are not shown
 *  included. Returns undefined if there is no record. */
export const formatReportTable = (shown: readonly UsageTotals[], all: UsageTotals | undefined): string | undefined => {
  const [first] = shown
  if (!first || !all) return undefined
  const groups = Object.keys(first.group)
  const toCells = (totals: UsageTotals, names: readonly string[]): string[] => [
    ...names,
    ...Object.values(columns).map((column) => column(totals)),
  ]
  const rows = [
    [...groups, ...Object.keys(columns)],
    ...shown.map((totals) =>
      toCells(
        totals,
        Object.values(totals.group).map((value) => value ?? '-'),
      ),
    ),
    toCells(
      all,
      groups.map((_, index) => (index === 0 ? 'all' : '')),
    ),
  ]
  const widths = rows[0]?.map((_, column) => Math.max(...rows.map((row) => getTextWidth(row[column] ?? '')))) ?? []
  return rows
    .map((row) => row.map((cell, column) => padCell(cell, widths[column] ?? 0, column < groups.length)).join('  '))
    .join('\n')
}

const padCell = (cell: string, width: number, isLeft: boolean): string => {
  const space = ' '.repeat(width - getTextWidth(cell))
  return isLeft ? cell + space : space + cell
}

/** Returns the width of a text in columns of a terminal. A CJK character takes two. */
export const getTextWidth = (text: string): number =>
  [...text].reduce((width, character) => width + (character > '\u2e7f' ? 2 : 1), 0)
