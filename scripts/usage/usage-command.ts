import { dayMs, toDay } from '../../shared/runtime/china-day.ts'
import type { Grouping } from '../../shared/usage/store/totals.ts'
import { findCommand, parseArguments } from '../command-line/parse-arguments.ts'
import { UsageError } from '../command-line/usage-error.ts'
import { getLanguage } from '../language.ts'
import { usageMessages } from './messages.ts'

/** The options of `npm run usage -- report`. */
export interface ReportOptions {
  /** The groups of one table; undefined: the tables of days, models and users. */
  readonly by: readonly Grouping[] | undefined
  readonly from: string
  readonly to: string
  /** How many users are shown if there is no `by`. */
  readonly top: number
  /** The file of the chart. */
  readonly chart: string
  /** The file of the CSV; undefined: none is written. */
  readonly csv: string | undefined
  /** The file of the records; undefined: the configured store is read. */
  readonly file: string | undefined
}

const groupings: Readonly<Record<string, Grouping>> = { day: 'day', model: 'model', user: 'user_id', key: 'key_id' }

/** Returns the help of `npm run usage` in the user's language. */
export const getUsageHelp = (): string => usageMessages[getLanguage(process.env)].help

/** Parses the arguments of `npm run usage`.
 *  @throws UsageError if an argument is invalid; its message names the argument and the valid values */
export const parseUsageCommand = (args: readonly string[], now: number): ReportOptions | 'redrive' | 'help' => {
  const { values, positionals } = parseArguments(args, { options, help: getUsageHelp(), positionals: 1 })
  if (values.help) return 'help'
  if (findCommand(positionals[0], commands, getUsageHelp()) !== 'report') return 'redrive'
  const { by, top, chart, csv, file } = values
  const to = parseDay('--to', values.to) ?? toDay(now)
  const from = parseDay('--from', values.from) ?? toDay(Date.parse(to) - 29 * dayMs)
  if (from > to) throw new UsageError(`--from (${from}) must not be after --to (${to}).`, getUsageHelp())
  if (!/^[1-9]\d{0,3}$/.test(top))
    throw new UsageError(`--top takes a number from 1 to 9999, not '${top}'.`, getUsageHelp())
  return {
    by: by?.split(/[,，]/).map((name) => parseGrouping(name.trim())),
    from,
    to,
    top: Number(top),
    chart,
    csv,
    file,
  }
}

const parseGrouping = (name: string): Grouping => {
  const grouping = groupings[name]
  if (grouping) return grouping
  const names = Object.keys(groupings).join(', ')
  throw new UsageError(`--by takes ${names}, separated by commas, not '${name}'.`, getUsageHelp())
}

const parseDay = (option: string, value: string | undefined): string | undefined => {
  if (value === undefined) return undefined
  if (/^\d{4}-\d{2}-\d{2}$/.test(value) && !Number.isNaN(Date.parse(value))) return value
  throw new UsageError(`${option} takes a day such as 2026-01-31, not '${value}'.`, getUsageHelp())
}

const text = { type: 'string' } as const

const options = {
  by: text,
  from: text,
  to: text,
  top: { type: 'string', default: '10' },
  chart: { type: 'string', default: 'usage-report.svg' },
  csv: text,
  file: text,
  help: { type: 'boolean', short: 'h' },
} as const

const commands = { report: 'report', redrive: 'redrive' } as const
