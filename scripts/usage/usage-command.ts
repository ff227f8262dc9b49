import { dayMs, toDay } from '../../shared/usage/store/row.ts'
import type { Grouping } from '../../shared/usage/store/totals.ts'
import { findCommand, parseArguments } from '../command-line/parse-arguments.ts'
import { UsageError } from '../command-line/usage-error.ts'

/** The options of `npm run usage -- report`. */
export interface ReportOptions {
  readonly by: readonly Grouping[]
  readonly from: string
  readonly to: string
  /** The file of the chart. */
  readonly chart: string
}

const groupings: Readonly<Record<string, Grouping>> = { day: 'day', model: 'model', user: 'user_id' }

/** The help of `npm run usage`. */
export const usageHelp = `npm run usage -- report [--by day,model,user] [--from 2026-01-01] [--to 2026-01-31] [--chart usage-report.svg]

Adds up the usage records of the store that the environment or .env configures (USAGE_STORE and the variables beside it). Prints a
table and writes the same figures to an SVG chart. Days are days in China (UTC+8). Default: the last 30 days.

npm run usage -- redrive

Delivers the records again that the webhook refused for 72 hours.`

/** Parses the arguments of `npm run usage`.
 *  @throws UsageError if an argument is invalid; its message names the argument and the valid values */
export const parseUsageCommand = (args: readonly string[], now: number): ReportOptions | 'redrive' | 'help' => {
  const { values, positionals } = parseArguments(args, { options, help: usageHelp, positionals: 1 })
  if (values.help) return 'help'
  if (findCommand(positionals[0], commands, usageHelp) !== 'report') return 'redrive'
  const { by = 'day,model', chart = 'usage-report.svg' } = values
  const to = parseDay('--to', values.to) ?? toDay(now)
  const from = parseDay('--from', values.from) ?? toDay(Date.parse(to) - 29 * dayMs)
  if (from > to) throw new UsageError(`--from (${from}) must not be after --to (${to}).`, usageHelp)
  return { by: by.split(/[,，]/).map((name) => parseGrouping(name.trim())), from, to, chart }
}

const parseGrouping = (name: string): Grouping => {
  const grouping = groupings[name]
  if (grouping) return grouping
  const names = Object.keys(groupings).join(', ')
  throw new UsageError(`--by takes ${names}, separated by commas, not '${name}'.`, usageHelp)
}

const parseDay = (option: string, value: string | undefined): string | undefined => {
  if (value === undefined) return undefined
  if (/^\d{4}-\d{2}-\d{2}$/.test(value) && !Number.isNaN(Date.parse(value))) return value
  throw new UsageError(`${option} takes a day such as 2026-01-31, not '${value}'.`, usageHelp)
}

const text = { type: 'string' } as const

const options = { by: text, from: text, to: text, chart: text, help: { type: 'boolean', short: 'h' } } as const

const commands = { report: 'report', redrive: 'redrive' } as const
