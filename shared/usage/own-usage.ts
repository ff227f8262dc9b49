import type { UsageRecord } from './record.ts'
import { pageCursor, type UsageQuery } from './usage-query.ts'
import { recordOf } from './usage-row.ts'
import type { UsageStore } from './usage-store.ts'
import type { UsageTotals } from './usage-totals.ts'

/** A user's totals for one day and model. */
export interface OwnTotals {
  readonly day: string
  readonly model: string
  readonly requests: number
  readonly prompt_tokens: number
  readonly completion_tokens: number
  readonly total_tokens: number
  readonly points: number
}

/** The body of `GET /v1/usage`. */
export interface OwnUsage {
  readonly object: 'usage'
  readonly from: string
  readonly to: string
  /** By day and model, oldest first. */
  readonly totals: readonly OwnTotals[]
  /** Newest first. */
  readonly records: readonly UsageRecord[]
  /** The `after` of the next page; null on the last one. */
  readonly next: string | null
}

/** Reads a user's own usage. */
export const ownUsage = async (store: UsageStore, userId: string | null, query: UsageQuery): Promise<OwnUsage> => {
  const { from, to, limit, page } = query
  const [totals, rows] = await Promise.all([
    store.totals({ by: ['day', 'model'], userId, from, to }),
    store.find({
      equal: { user_id: userId, state: 'final' },
      atMost: { field: 'closed_at', value: page.until },
      order: 'descending',
      limit: limit + 1,
      skip: page.skip,
    }),
  ])
  const next = rows.length > limit ? pageCursor({ ...page, skip: page.skip + limit }) : null
  return { object: 'usage', from, to, totals: totals.map(ownTotals), records: rows.slice(0, limit).map(recordOf), next }
}

const ownTotals = ({ group, records, ...sums }: UsageTotals): OwnTotals => ({
  day: group.day ?? '',
  model: group.model ?? '',
  requests: records,
  prompt_tokens: sums.prompt_tokens,
  completion_tokens: sums.completion_tokens,
  total_tokens: sums.total_tokens,
  points: sums.points,
})
