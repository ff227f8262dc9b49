/** The fields that totals can be grouped by. */
const groupings = ['day', 'model', 'user_id', 'key_id'] as const

/** One of the fields that totals can be grouped by. */
export type Grouping = (typeof groupings)[number]

/** The most groups that a store returns. */
export const maxGroups = 1_000

/** The rows that `totals` adds up, and their groups. */
export interface TotalsQuery {
  readonly by: readonly Grouping[]
  /** The user whose rows count; undefined: all users. */
  readonly userId?: string | null
  /** First and last day, `YYYY-MM-DD`, both included. */
  readonly from: string
  readonly to: string
}

/** Sums over the final rows of one group. */
export interface UsageTotals {
  /** The values that the rows share. */
  readonly group: Partial<Readonly<Record<Grouping, string | null>>>
  readonly records: number
  /** Records whose usage is our estimate. */
  readonly estimated: number
  /** Records whose function died before the end. */
  readonly orphans: number
  /** Records that still wait for the webhook. */
  readonly undelivered: number
  /** Records that the webhook refused until the last attempt. */
  readonly dead: number
  readonly prompt_tokens: number
  readonly completion_tokens: number
  readonly total_tokens: number
  readonly cached_tokens: number
  readonly points: number
  /** Nano-yuan; 0 if no route had prices. */
  readonly cost_nano: number
}

/** The columns of {@link UsageTotals} that count rows, each with the field and the value that a row must have. */
export const countedColumns = {
  estimated: ['estimated', true],
  orphans: ['outcome', 'orphan'],
  undelivered: ['delivery', 'pending'],
  dead: ['delivery', 'dead'],
} as const

/** The columns of {@link UsageTotals} that add up the field of that name. */
export const summedColumns = [
  'prompt_tokens',
  'completion_tokens',
  'total_tokens',
  'cached_tokens',
  'points',
  'cost_nano',
] as const
