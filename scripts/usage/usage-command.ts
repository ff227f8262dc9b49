import { parseArgs } from 'node:util'
import { dayOf } from '../../shared/usage/usage-row.ts'
import type { Grouping } from '../../shared/usage/usage-totals.ts'

/** What `npm run usage -- report` is asked for. */
export interface ReportOptions {
  readonly by: readonly Grouping[]
  readonly from: string
  readonly to: string
  /** Where the chart goes. */
  readonly chart: string
}

const groupingOf: Readonly<Record<string, Grouping>> = { day: 'day', model: 'model', user: 'user_id' }

const dayMs = 86_400_000

export const usageHelp = `npm run usage -- report [--by day,model,user] [--from 2026-01-01] [--to 2026-01-31] [--chart usage-report.svg]

Adds up the usage records of the store that the environment names (USAGE_STORE and its relatives) and prints a table; the same
goes to an SVG chart. Days are those of China (UTC+8); without --from, the last 30.

npm run usage -- redrive

Makes the records that the webhook refused for 72 hours due again.`

/** Reads the arguments of `npm run usage`; undefined where they make no sense. */
export const usageCommand = (args: readonly string[], now: number): ReportOptions | 'redrive' | undefined => {
  if (args.join(' ') === 'redrive') return 'redrive'
  const parsed = parsedArguments(args)
  if (parsed?.positionals.join(' ') !== 'report') return undefined
  const { by, from, to, chart } = parsed.values
  const groups = (by ?? 'day,model').split(',').map((name) => groupingOf[name.trim()])
  const known = groups.filter((group) => group !== undefined)
  if (known.length < groups.length || ![from, to].every(isDayOrUnset)) return undefined
  return {
    by: known,
    from: from ?? dayOf(now - 29 * dayMs),
    to: to ?? dayOf(now),
    chart: chart ?? 'usage-report.svg',
  }
}

const isDayOrUnset = (value: string | undefined): boolean => value === undefined || /^\d{4}-\d{2}-\d{2}$/.test(value)

const parsedArguments = (args: readonly string[]) => {
  const text = { type: 'string' } as const
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: { by: text, from: text, to: text, chart: text },
    })
  } catch {
    return undefined
  }
}
