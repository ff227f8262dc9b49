import type { RangeStore } from '../../../shared/drivers/change-row.ts'
import type { Quota, QuotaUnit } from '../../../shared/limits/quotas/quota.ts'
import { viewQuotas } from '../../../shared/limits/quotas/view-quotas.ts'
import { memoizeWeak } from '../../../shared/runtime/memoize.ts'
import type { UsageRow } from '../../../shared/usage/store/row.ts'
import type { Observation } from '../../rig/client.ts'
import type { UpstreamTruth } from '../../rig/faulty-upstream.ts'
import { getRequestNumber } from '../../rig/reconcile.ts'

/** A call of a user, as its client saw it. */
export interface UserCall extends Observation {
  readonly user: string
}

/** Everything known after a run with quotas. */
export interface QuotaRun {
  readonly store: Pick<RangeStore, 'read' | 'findRange'>
  readonly quotas: readonly Quota[]
  readonly users: readonly string[]
  readonly calls: readonly UserCall[]
  /** What the provider did, by the numbers of the calls that reached it. */
  readonly reached: ReadonlyMap<number, UpstreamTruth>
  readonly rows: readonly UsageRow[]
  /** The ids of calls whose quotas could not be settled, by the log of their function. */
  readonly unsettled: ReadonlySet<string>
}

/** The books of the quotas. All of `failures` must be 0. */
export interface QuotaBooks {
  readonly figures: Readonly<Record<'calls refused by a quota' | 'quotas that were full at the end', number>>
  readonly failures: Readonly<Record<QuotaFailure, number>>
}

type QuotaFailure =
  /** Quotas that let more pass than their limit. What a provider used beyond the bound of a call is left out. */
  | 'passed'
  /** Quotas that count less than their calls have used. */
  | 'undercounted'
  /** Quotas that count more than their calls have used, and the bounds of those that were cut off. */
  | 'overcounted'
  /** Quotas with an end whose counts are still there after it. */
  | 'endless'

/** The least and the most that one call of a run can hold, by unit: 4,096 tokens, and its short prompt. */
const bounds: Readonly<Record<QuotaUnit, { readonly least: number; readonly most: number }>> = {
  requests: { least: 1, most: 1 },
  tokens: { least: 4_096, most: 4_128 },
  points: { least: 409, most: 413 },
}

/** The quotas of a run. Those of users and those of all calls become full before it ends. */
export const createChaosQuotas = (requests: number, users: number): readonly Quota[] => {
  const common = { models: undefined, groups: undefined }
  const count = (unit: Quota['unit'], per: Quota['per'], limit: number) => ({ unit, per, limit: Math.ceil(limit) })
  const perUser = requests / users
  return [
    { ...common, name: 'user-requests', window: 'total', ...count('requests', 'user', perUser * 0.65) },
    { ...common, name: 'user-tokens', window: '5h', ...count('tokens', 'user', perUser * 2_200) },
    { ...common, name: 'all-requests', window: 'total', ...count('requests', 'environment', requests * 0.6) },
    { ...common, name: 'all-points', window: '5h', ...count('points', 'environment', requests * 230) },
  ]
}

/** Longer than any window that has an end, in milliseconds. */
const afterWindowsMs = 6 * 3_600_000

/** Compares the counts of the quotas with the calls and their records. */
export const reconcileQuotas = async (run: QuotaRun): Promise<QuotaBooks> => {
  const { store, quotas, users, calls, reached } = run
  const subjects = { user: users, environment: [''] }
  const counts = await viewQuotas({ store }, quotas, subjects)
  const later = await viewQuotas({ store, now: () => Date.now() + afterWindowsMs }, quotas, subjects)
  const known = calls.map((call) => ({ call, ...measureCall(run, call) }))
  const books = counts.map(({ quota: name, subject, used }) => {
    const quota = quotas.find((each) => each.name === name) as Quota
    const own = known.filter(({ call }) => subject === '' || call.user === subject)
    return { quota, used, uses: own.map(({ [quota.unit]: use }) => use) }
  })
  const find = (fails: (book: (typeof books)[number]) => boolean): number => books.filter(fails).length
  return {
    figures: {
      'calls refused by a quota': calls.filter((call) => isRefused(call, reached)).length,
      'quotas that were full at the end': find(({ quota, used }) => used + bounds[quota.unit].most > quota.limit),
    },
    failures: {
      passed: find(({ quota, uses }) => sum(uses, ({ passed }) => passed) > quota.limit),
      undercounted: find(({ used, uses }) => used < sum(uses, ({ least }) => least)),
      overcounted: find(({ used, uses }) => used > sum(uses, ({ most }) => most)),
      endless: later.filter(({ quota, used }) => used > 0 && !endsNever(quotas, quota)).length,
    },
  }
}

const endsNever = (quotas: readonly Quota[], name: string): boolean =>
  quotas.find((quota) => quota.name === name)?.window === 'total'

const sum = <Item>(items: readonly Item[], toNumber: (item: Item) => number): number =>
  items.reduce((total, item) => total + toNumber(item), 0)

/** What a call counts as. */
interface Use {
  /** What it has used, up to the least that it held. */
  readonly passed: number
  /** The least and the most that may be counted for it. */
  readonly least: number
  readonly most: number
}

/** A call whose function ended it counts as what its record says, or as nothing. One that was cut off may also count as what it
 *  held, or as what the provider stated, if its function died between its quotas and its record. Requests stay counted. */
const measureCall = ({ reached, rows, unsettled }: QuotaRun, call: UserCall): Readonly<Record<QuotaUnit, Use>> => {
  const row = findRows(rows).get(call.number)
  const isReached = reached.has(call.number)
  const isTaken = !isRefused(call, reached)
  const isRecorded = row?.state === 'final' && row.outcome !== 'orphan'
  const isSettled = call.ended && row?.outcome !== 'orphan' && !unsettled.has(call.id ?? '')
  const { prompt_tokens = 0, completion_tokens = 0 } = reached.get(call.number)?.usage ?? {}
  const stated = { tokens: prompt_tokens + completion_tokens, points: (prompt_tokens + completion_tokens) / 10 }
  const toUse = (unit: 'tokens' | 'points', recorded: number): Use => {
    const used = isRecorded ? recorded : 0
    const { least, most } = bounds[unit]
    const held = isTaken && !isSettled ? Math.max(used, most, Math.ceil(stated[unit])) : used
    return { passed: Math.min(used, least), least: isSettled ? used : Math.min(used, least), most: held }
  }
  const requests = { passed: Number(isReached), least: Number(isReached), most: Number(isTaken) }
  return { requests, tokens: toUse('tokens', row?.total_tokens ?? 0), points: toUse('points', row?.points ?? 0) }
}

/** Whether a quota refused a call. The provider's own 429 is no such refusal. */
const isRefused = ({ number, status }: UserCall, reached: QuotaRun['reached']): boolean =>
  status === 429 && !reached.has(number)

/** Finds the rows of a run by the numbers of their requests, once. */
const findRows = memoizeWeak(
  (rows: readonly UsageRow[]): ReadonlyMap<number, UsageRow> =>
    new Map(rows.map((row) => [getRequestNumber(row), row])),
)
