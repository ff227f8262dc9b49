/** What totals can be grouped by. */
const groupings = ['day', 'model', 'user_id'] as const

export type Grouping = (typeof groupings)[number]

/** How many groups totals have at most: what a store answers at once. */
export const maxGroups = 1_000

export interface TotalsQuery {
  readonly by: readonly Grouping[]
  /** Only this user's; undefined: everybody's. */
  readonly userId?: string | null
  /** First and last day, `YYYY-MM-DD`, both included. */
  readonly from: string
  readonly to: string
}

/** Sums over the final rows that share a day, model or user. */
export interface UsageTotals {
  readonly group: Partial<Readonly<Record<Grouping, string | null>>>
  readonly records: number
  /** Records whose usage is our estimate. */
  readonly estimated: number
  /** Records of answers whose function died. */
  readonly orphans: number
  /** Records that the webhook has yet to take. */
  readonly undelivered: number
  /** Records that the webhook never took and that are not tried any more. */
  readonly dead: number
  readonly prompt_tokens: number
  readonly completion_tokens: number
  readonly total_tokens: number
  readonly cached_tokens: number
  readonly points: number
  /** Nano-yuan; 0 where no route had prices. */
  readonly cost_nano: number
}

/** The columns of {@link UsageTotals} that count rows, each by the field and the value that a row counts by. */
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
