import { parseArgs } from 'node:util'
import { dayMs, toDay } from '../../shared/usage/store/row.ts'
import type { Grouping } from '../../shared/usage/store/totals.ts'

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
 *  @throws TypeError if an argument is invalid; its message names the argument and the valid values */
export const parseUsageCommand = (args: readonly string[], now: number): ReportOptions | 'redrive' | 'help' => {
  const { values, positionals } = parseArguments(args)
  const command = positionals.join(' ')
  if (values.help || command === 'help') return 'help'
  if (command === 'redrive') return 'redrive'
  if (command !== 'report') throw new TypeError('Name a command: report or redrive.')
  const { by = 'day,model', chart = 'usage-report.svg' } = values
  const to = parseDay('--to', values.to) ?? toDay(now)
  const from = parseDay('--from', values.from) ?? toDay(Date.parse(to) - 29 * dayMs)
  if (from > to) throw new TypeError(`--from (${from}) must not be after --to (${to}).`)
  return { by: by.split(/[,，]/).map((name) => parseGrouping(name.trim())), from, to, chart }
}

const parseGrouping = (name: string): Grouping => {
  const grouping = groupings[name]
  if (grouping) return grouping
  throw new TypeError(`--by takes ${Object.keys(groupings).join(', ')}, separated by commas, not '${name}'.`)
}

const parseDay = (option: string, value: string | undefined): string | undefined => {
  if (value === undefined) return undefined
  if (/^\d{4}-\d{2}-\d{2}$/.test(value) && !Number.isNaN(Date.parse(value))) return value
  throw new TypeError(`${option} takes a day such as 2026-01-31, not '${value}'.`)
}

const text = { type: 'string' } as const

const parseArguments = (args: readonly string[]) =>
  parseArgs({
    args: [...args],
    allowPositionals: true,
    options: { by: text, from: text, to: text, chart: text, help: { type: 'boolean', short: 'h' } },
  })
