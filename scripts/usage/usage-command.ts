import { parseArgs } from 'node:util'
import { dayMs, toDay } from '../../shared/usage/store/row.ts'
import type { Grouping } from '../../shared/usage/store/totals.ts'

/** What `npm run usage -- report` is asked for. */
export interface ReportOptions {
  readonly by: readonly Grouping[]
  readonly from: string
  readonly to: string
  /** Where the chart goes. */
  readonly chart: string
}

const groupingOf: Readonly<Record<string, Grouping>> = { day: 'day', model: 'model', user: 'user_id' }

export const usageHelp = `npm run usage -- report [--by day,model,user] [--from 2026-01-01] [--to 2026-01-31] [--chart usage-report.svg]

Adds up the usage records of the store that the environment or .env names (USAGE_STORE and its relatives) and prints a table; the same
goes to an SVG chart. Days are those of China (UTC+8); without --from, the last 30.

npm run usage -- redrive

Makes the records that the webhook refused for 72 hours due again.`

/** Reads the arguments of `npm run usage`.
 *  @throws TypeError that names what makes no sense, and what would */
export const usageCommand = (args: readonly string[], now: number): ReportOptions | 'redrive' | 'help' => {
  const { values, positionals } = parsedArguments(args)
  const command = positionals.join(' ')
  if (values.help || command === 'help') return 'help'
  if (command === 'redrive') return 'redrive'
  if (command !== 'report') throw new TypeError('Say what to do: report or redrive.')
  const { by = 'day,model', chart = 'usage-report.svg' } = values
  const to = dayNamed('--to', values.to) ?? toDay(now)
  const from = dayNamed('--from', values.from) ?? toDay(Date.parse(to) - 29 * dayMs)
  if (from > to) throw new TypeError(`--from (${from}) must not be after --to (${to}).`)
  return { by: by.split(/[,，]/).map((name) => groupingNamed(name.trim())), from, to, chart }
}

const groupingNamed = (name: string): Grouping => {
  const grouping = groupingOf[name]
  if (grouping) return grouping
  throw new TypeError(`--by takes ${Object.keys(groupingOf).join(', ')}, separated by commas, not '${name}'.`)
}

const dayNamed = (option: string, value: string | undefined): string | undefined => {
  if (value === undefined) return undefined
  if (/^\d{4}-\d{2}-\d{2}$/.test(value) && !Number.isNaN(Date.parse(value))) return value
  throw new TypeError(`${option} takes a day such as 2026-01-31, not '${value}'.`)
}

const text = { type: 'string' } as const

const parsedArguments = (args: readonly string[]) =>
  parseArgs({
    args: [...args],
    allowPositionals: true,
    options: { by: text, from: text, to: text, chart: text, help: { type: 'boolean', short: 'h' } },
  })
