import { writeFile } from 'node:fs/promises'
import type { UsageStore } from '../../shared/usage/store/store.ts'
import { type Grouping, maxGroups, type UsageTotals } from '../../shared/usage/store/totals.ts'
import type { usageMessages } from './messages.ts'
import { drawReportChart } from './report-chart.ts'
import { formatReportCsv } from './report-csv.ts'
import { formatReportTable } from './report-table.ts'
import { findSkippedLines } from './skipped-lines.ts'
import type { ReportOptions } from './usage-command.ts'

type Messages = (typeof usageMessages)['en']

/** What a report is made from. */
export interface Report {
  readonly store: UsageStore
  readonly options: ReportOptions
  readonly messages: Messages
  /** The path of the store's file; undefined if it is a database. */
  readonly path: string | undefined
}

/** Prints the tables, and writes the chart and the CSV. Resolves with whether all of it worked. */
export const printReport = async (report: Report): Promise<boolean> => {
  const { options, messages, path } = report
  const [all] = await readTotals(report, [])
  if (options.by) console.log(await formatGroups(report, options.by, all))
  else for (const by of sections) console.log(`${messages.sections[by]}\n${await formatGroups(report, [by], all)}\n`)
  if (path !== undefined) await printSkippedLines(path, messages)
  const isCharted = await writeChart(report)
  return (await writeCsv(report)) && isCharted
}

const sections = ['day', 'model', 'user_id'] as const

const readTotals = ({ store, options: { from, to } }: Report, by: readonly Grouping[]): Promise<UsageTotals[]> =>
  store.totals({ by, from, to })

/** Formats one table. Of the users in a table of their own, only the first by points are shown. */
const formatGroups = async (report: Report, by: readonly Grouping[], all: UsageTotals | undefined): Promise<string> => {
  const { options, messages } = report
  const isTop = options.by === undefined && by.includes('user_id')
  const groups = await readTotals(report, by)
  if (groups.length >= maxGroups)
    console.error(isTop ? messages.tooManyUsers(maxGroups) : messages.tooManyGroups(maxGroups))
  const shown = isTop ? groups.sort(compareByPoints).slice(0, options.top) : groups
  return formatReportTable(shown, all) ?? messages.noRecords
}

const compareByPoints = (one: UsageTotals, other: UsageTotals): number =>
  other.points - one.points || other.total_tokens - one.total_tokens

const printSkippedLines = async (path: string, messages: Messages): Promise<void> => {
  const skipped = await findSkippedLines(path)
  if (skipped.length === 0) return
  console.error(
    messages.skipped(
      skipped.reduce((sum, { count }) => sum + count, 0),
      path,
    ),
  )
  for (const { reason, count, first } of skipped) console.error(messages.skippedLines[reason](count, first))
}

const writeChart = async (report: Report): Promise<boolean> => {
  const { from, to, by = ['day', 'model'], chart } = report.options
  const groups = await readTotals(report, by)
  return write(chart, drawReportChart(groups, `Usage from ${from} to ${to}`), report.messages.noChart)
}

const writeCsv = async (report: Report): Promise<boolean> => {
  const { csv, by = sections } = report.options
  if (csv === undefined) return true
  const groups = await readTotals(report, by)
  if (groups.length >= maxGroups) console.error(report.messages.tooManyGroups(maxGroups))
  return write(csv, formatReportCsv(by, groups), report.messages.noCsv)
}

/** Writes a file and prints its path. Resolves with whether it was written. */
const write = async (path: string, text: string, describe: (reason: string) => string): Promise<boolean> => {
  try {
    await writeFile(path, text)
    console.log(path)
    return true
  } catch (error) {
    console.error(describe(String(error)))
    return false
  }
}
