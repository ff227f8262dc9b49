import { formatYuan } from '../../shared/usage/cost/pricing.ts'
import type { UsageTotals } from '../../shared/usage/store/totals.ts'

/** The columns of a report beside those it is grouped by. */
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

/** What a group is called; a user or a name that is missing is shown as a dash. */
export const nameOf = ({ group }: UsageTotals): string =>
  Object.values(group)
    .map((value) => value ?? '-')
    .join(' · ')

/** A report as aligned text: a line for each group, and a last one for all, which is right even where not all groups are shown. */
export const reportTable = (shown: readonly UsageTotals[], all: UsageTotals | undefined): string => {
  const [first] = shown
  if (!first || !all) return 'Nothing is recorded in these days.'
  const groups = Object.keys(first.group)
  const cells = (totals: UsageTotals, names: readonly string[]): string[] => [
    ...names,
    ...Object.values(columns).map((column) => column(totals)),
  ]
  const rows = [
    [...groups, ...Object.keys(columns)],
    ...shown.map((totals) =>
      cells(
        totals,
        Object.values(totals.group).map((value) => value ?? '-'),
      ),
    ),
    cells(
      all,
      groups.map((_, index) => (index === 0 ? 'all' : '')),
    ),
  ]
  const widths = rows[0]?.map((_, column) => Math.max(...rows.map((row) => widthOf(row[column] ?? '')))) ?? []
  return rows
    .map((row) => row.map((cell, column) => padded(cell, widths[column] ?? 0, column < groups.length)).join('  '))
    .join('\n')
}

const padded = (cell: string, width: number, left: boolean): string => {
  const space = ' '.repeat(width - widthOf(cell))
  return left ? cell + space : space + cell
}

/** Columns of a terminal: characters from CJK on take two. */
export const widthOf = (text: string): number =>
  [...text].reduce((width, character) => width + (character > '\u2e7f' ? 2 : 1), 0)
