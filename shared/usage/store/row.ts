import type { Prices } from '../../protocol/route.ts'
import type { Usage } from '../../protocol/usage.ts'
import { getCachedTokens } from '../cost/cached-tokens.ts'
import { type Charge, formatYuan } from '../cost/pricing.ts'
import type { Closing, Opening, UsageRecord } from './record.ts'

/** One answer in a store: what its opening knew, how far it came, how it ended, and whether the webhook has it. Flat, so
 *  that every store can hold it as it is; times are milliseconds since 1970 unless they say otherwise. */
export interface UsageRow {
  /** The request's id, made by the server: the key of every store. */
  readonly id: string
  /** `open` until the answer ends; then `final`, or `void` where nothing was delivered and nothing is owed. */
  readonly state: 'open' | 'final' | 'void'
  /** What is left to do: nothing (`none`), deliver (`pending`), nothing any more (`sent`), or give up (`dead`). */
  readonly delivery: 'none' | 'pending' | 'sent' | 'dead'
  /** Names the last transition: each writes one of its own, so that it can be recognised where its reply was lost. */
  readonly mark: string
  readonly user_id: string | null
  readonly model: string
  readonly upstream_model: string
  readonly provider: string
  readonly endpoint: string
  readonly stream: boolean
  readonly client_request_id: string | null
  /** The route's prices as JSON, for whoever closes the row after its function died. */
  readonly prices: string | null
  /** Estimate of the prompt's tokens, for whoever closes the row after its function died; 0 where that never can be. */
  readonly prompt_estimate: number
  /** Estimate of the output's tokens that had been delivered when it was last written. */
  readonly progress_tokens: number
  readonly opened_at: number
  /** No answer lives longer: after it, an open row is an orphan. */
  readonly deadline_at: number
  readonly outcome: Closing['outcome'] | null
  readonly estimated: boolean
  /** The usage as JSON, its detail fields included. */
  readonly usage: string | null
  readonly prompt_tokens: number
  readonly completion_tokens: number
  readonly total_tokens: number
  readonly cached_tokens: number
  readonly points: number
  readonly cost_nano: number | null
  readonly latency_ms: number
  readonly ttft_ms: number
  readonly closed_at: number
  /** Day of the answer's end in China (UTC+8), `YYYY-MM-DD`: the day on its providers' bills. */
  readonly day: string
  /** Deliveries tried. */
  readonly attempts: number
  /** The next delivery is not before this; whoever delivers moves it on first, which is its lease. */
  readonly next_at: number
}

/** When an answer begins, how long it can last, in milliseconds, and whether its row is written before it ends. */
export interface OpenOptions {
  readonly now: number
  readonly maxMs: number
  readonly written: boolean
}

/** A row for an answer that begins. Its prompt is estimated only where the row is written: a long one takes a while. */
export const toOpenRow = (opening: Opening, { now, maxMs: longestMs, written }: OpenOptions): UsageRow => ({
  id: opening.requestId,
  state: 'open',
  delivery: 'none',
  mark: '',
  user_id: opening.userId,
  model: opening.model,
  upstream_model: opening.upstreamModel,
  provider: opening.provider,
  endpoint: opening.endpoint,
  stream: opening.stream,
  client_request_id: opening.clientRequestId ?? null,
  prices: opening.prices ? JSON.stringify(opening.prices) : null,
  prompt_estimate: written ? opening.promptTokens() : 0,
  progress_tokens: 0,
  opened_at: now,
  deadline_at: now + longestMs,
  outcome: null,
  estimated: false,
  usage: null,
  prompt_tokens: 0,
  completion_tokens: 0,
  total_tokens: 0,
  cached_tokens: 0,
  points: 0,
  cost_nano: null,
  latency_ms: 0,
  ttft_ms: 0,
  closed_at: 0,
  day: toDay(now),
  attempts: 0,
  next_at: 0,
})

/** The fields that an answer's end sets. */
export const toFinalFields = (closing: Closing, charge: Charge, now: number): Partial<UsageRow> => ({
  state: 'final',
  outcome: closing.outcome,
  estimated: closing.estimated,
  usage: formatUsage(closing.usage),
  prompt_tokens: closing.usage.prompt_tokens,
  completion_tokens: closing.usage.completion_tokens,
  total_tokens: closing.usage.total_tokens,
  cached_tokens: getCachedTokens(closing.usage),
  points: charge.points,
  cost_nano: charge.costNanoYuan,
  latency_ms: closing.latencyMs,
  ttft_ms: closing.ttftMs,
  closed_at: now,
  day: toDay(now),
})

/** Details beyond this many characters are left out of a row: no provider's are near, and a column is finite. */
const maxUsageLength = 8_192

const formatUsage = (usage: Usage): string => {
  const text = JSON.stringify(usage)
  if (text.length <= maxUsageLength) return text
  const { prompt_tokens, completion_tokens, total_tokens } = usage
  return JSON.stringify({ prompt_tokens, completion_tokens, total_tokens })
}

/** The usage record that a final row holds. */
export const toUsageRecord = (row: UsageRow): UsageRecord => ({
  request_id: row.id,
  user_id: row.user_id,
  model: row.model,
  usage: JSON.parse(row.usage ?? '{}') as Usage,
  points: row.points,
  metadata: {
    stream: row.stream,
    estimated: row.estimated,
    outcome: row.outcome,
    endpoint: row.endpoint,
    provider: row.provider,
    upstream_model: row.upstream_model,
    latency_ms: row.latency_ms,
    ttft_ms: row.ttft_ms,
    client_request_id: row.client_request_id,
    ...(row.cost_nano !== null && { cost_cny: formatYuan(row.cost_nano) }),
  },
  ts: Math.floor(row.closed_at / 1000),
})

/** The prices that a row's opening knew. */
export const getRowPrices = ({ prices }: UsageRow): Prices | undefined =>
  prices === null ? undefined : (JSON.parse(prices) as Prices)

const chinaOffsetMs = 8 * 3_600_000
/** Length of a day, in milliseconds. */
export const dayMs = 86_400_000

let latestDay = { day: Number.NaN, text: '' }

/** The day of a moment in China, which has one time zone and no summer time. Put into words once a day, not once a record. */
export const toDay = (now: number): string => {
  const day = Math.floor((now + chinaOffsetMs) / dayMs)
  if (day !== latestDay.day) latestDay = { day, text: new Date(day * dayMs).toISOString().slice(0, 10) }
  return latestDay.text
}
