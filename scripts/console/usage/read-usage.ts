import { existsSync } from 'node:fs'
import { GatewayError } from '../../../shared/protocol/errors.ts'
import type { UsageStore } from '../../../shared/usage/store/store.ts'
import { type Grouping, maxGroups, type UsageTotals } from '../../../shared/usage/store/totals.ts'
import { parseUsageQuery } from '../../../shared/usage/user-usage.ts'
import { formatReportCsv } from '../../usage/report-csv.ts'
import { findSkippedLines, type SkippedLines } from '../../usage/skipped-lines.ts'
import { ConsoleError } from '../server/console-error.ts'
import type { Workspace } from '../workspace.ts'

/** The usage of some days. */
export interface UsageView {
  /** First and last day, `YYYY-MM-DD` in China, both included. */
  readonly from: string
  readonly to: string
  /** Sums over all records; null: there are none. */
  readonly all: UsageTotals | null
  /** By day and model, oldest first. */
  readonly days: readonly UsageTotals[]
  readonly models: readonly UsageTotals[]
  readonly users: readonly UsageTotals[]
  /** Whether there are more groups than a store returns, so that a table is not whole. */
  readonly is_cut: boolean
  /** Lines of the file that hold no record. */
  readonly skipped: readonly SkippedLines[]
}

/** Reads totals by day, model and user.
 *  @throws invalid_value (400) if a day is wrong; no_store (409) if there is no store */
export const readUsage = async (workspace: Workspace, query: URLSearchParams): Promise<UsageView> => {
  const { from, to } = parseUsageQuery(query, Date.now())
  const store = requireStore(workspace)
  const read = (...by: Grouping[]): Promise<UsageTotals[]> => store.totals({ by, from, to })
  const path = getFile(workspace)
  if (path !== undefined && !existsSync(path)) return { ...noUsage, from, to }
  const [[all], days, models, users] = await Promise.all([read(), read('day', 'model'), read('model'), read('user_id')])
  return {
    from,
    to,
    all: all && all.records > 0 ? all : null,
    days,
    models,
    users,
    is_cut: [days, models, users].some((groups) => groups.length >= maxGroups),
    skipped: path === undefined ? [] : await findSkippedLines(path),
  }
}

const noUsage = { all: null, days: [], models: [], users: [], is_cut: false, skipped: [] }

const getFile = ({ config: { usage } }: Workspace): string | undefined =>
  usage.store.kind === 'file' ? usage.store.path : undefined

/** Returns the store of usage records.
 *  @throws no_store (409) if there is none */
export const requireStore = ({ usage }: Workspace): UsageStore => {
  if (usage) return usage
  throw new ConsoleError(409, 'no_store', 'No usage is stored. Set USAGE_STORE, then start the console again.')
}

const groupings: Readonly<Record<string, Grouping>> = { day: 'day', model: 'model', user: 'user_id', key: 'key_id' }

/** Formats totals as CSV, as `npm run usage` does. `by` names `day`, `model`, `user`, separated by commas.
 *  @throws invalid_value (400) if the query is wrong; no_store (409) if there is no store */
export const readUsageCsv = async (workspace: Workspace, query: URLSearchParams): Promise<string> => {
  const { from, to } = parseUsageQuery(query, Date.now())
  const by = (query.get('by') ?? 'day,model,user').split(',').map(parseGrouping)
  return formatReportCsv(by, await requireStore(workspace).totals({ by, from, to }))
}

const parseGrouping = (name: string): Grouping => {
  const grouping = groupings[name]
  if (grouping) return grouping
  const message = `'by' takes ${Object.keys(groupings).join(', ')}, separated by commas.`
  throw new GatewayError(400, 'invalid_value', message, { param: 'by' })
}
