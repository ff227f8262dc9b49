import type { TargetAttempt } from '../../protocol/attempt.ts'
import { getCachedTokens } from '../../protocol/cached-tokens.ts'
import type { Prices } from '../../protocol/route.ts'
import type { SafetyNote } from '../../protocol/safety.ts'
import type { Usage } from '../../protocol/usage.ts'
import { toDay } from '../../runtime/china-day.ts'
import { parseJson } from '../../runtime/json.ts'
import { type Charge, formatYuan } from '../cost/pricing.ts'
import { toUnits, type Units } from '../cost/units.ts'
import type { Closing, Opening, Tried, UsageRecord } from './record.ts'

/** One call in a store: the facts of its opening, its progress, its end, and its delivery. Flat, so that every store can hold it as
 *  it is. The fields are database columns. Times are milliseconds since 1970, unless noted otherwise. */
export interface UsageRow {
  /** The request's id, created by the server: the key of every store. */
  readonly id: string
  /** `open` until the call ends; then `final`, or `void` if nothing was delivered and nothing is charged. */
  readonly state: 'open' | 'final' | 'void'
  /** `none`: there is no delivery. `pending`: the webhook must still take the record. `sent`: it did. `dead`: given up. */
  readonly delivery: 'none' | 'pending' | 'sent' | 'dead'
  /** The id of the last transition. Each transition writes a new one. If the reply of the store is lost, the writer reads the row
   *  and compares the mark: an equal mark proves that its own transition was made. */
  readonly mark: string
  readonly user_id: string | null
  readonly model: string
  readonly upstream_model: string
  readonly provider: string
  readonly endpoint: string
  readonly stream: boolean
  readonly client_request_id: string | null
  /** The route's prices as JSON: the flush needs them if the function dies. */
  readonly prices: string | null
  /** Estimate of the prompt's tokens: the flush needs it if the function dies. 0 if the row is written at the end only. */
  readonly prompt_estimate: number
  /** Estimate of the output tokens that were delivered when this was last written. */
  readonly progress_tokens: number
  readonly opened_at: number
  /** The latest possible end of the call. After it, an open row is an orphan. */
  readonly deadline_at: number
  /** One of `Closing['outcome']`; null while the call runs. A later version may write others. */
  readonly outcome: string | null
  readonly estimated: boolean
  /** The usage as JSON, with its detail fields. */
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
  /** The day of the end in China (UTC+8), `YYYY-MM-DD`: the day on the bills of providers. */
  readonly day: string
  /** Number of delivery attempts. */
  readonly attempts: number
  /** The earliest time of the next delivery. A run of the flush first moves it into the future, which is its lease on the row. */
  readonly next_at: number
  /** The units as JSON; null until the call ends, and in rows of earlier versions. */
  readonly units: string | null
  /** The name of the target that responded; null if the route has only one. */
  readonly target: string | null
  /** The targets that were tried, as JSON; null if the route has only one. */
  readonly target_attempts: string | null
  /** The points that the user's wallet did not have; null if it had all. */
  readonly shortfall: number | null
  /** Results of the checks of its texts, as JSON; null if nothing was checked. */
  readonly safety: string | null
  /** The id of the caller's key; null if the caller sent a login token. */
  readonly key_id: string | null
}

/** The options of {@link toOpenRow}. */
export interface OpenOptions {
  /** When the call begins. */
  readonly now: number
  /** How long the call can last, in milliseconds. */
  readonly maxMs: number
  /** Whether the row is written before the call ends. */
  readonly written: boolean
}

/** Creates the row of a call that begins. The prompt is estimated only if the row is written: a long prompt takes time. */
export const toOpenRow = (opening: Opening, { now, maxMs, written }: OpenOptions): UsageRow => ({
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
  deadline_at: now + maxMs,
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
  units: null,
  target: null,
  target_attempts: null,
  shortfall: null,
  safety: null,
  key_id: opening.keyId ?? null,
})

/** Returns the fields that the end of a call sets. */
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
  units: JSON.stringify(toUnits(closing.usage, closing.units)),
  shortfall: closing.shortfall ?? null,
  safety: closing.safety ? JSON.stringify(closing.safety) : null,
  ...toTargetFields(closing),
})

/** Returns the fields about the targets that a call has tried; none if the route has only one. */
export const toTargetFields = ({ target, attempts = [] }: Tried): Partial<UsageRow> =>
  target
    ? {
        provider: target.provider,
        upstream_model: target.upstreamModel,
        target: target.name,
        target_attempts: JSON.stringify(attempts),
      }
    : {}

/** A longer usage is stored without its details: no provider sends that much, and a column has a limit. */
const maxUsageLength = 8_192

const formatUsage = (usage: Usage): string => {
  const text = JSON.stringify(usage)
  if (text.length <= maxUsageLength) return text
  const { prompt_tokens, completion_tokens, total_tokens } = usage
  return JSON.stringify({ prompt_tokens, completion_tokens, total_tokens })
}

/** Returns the usage record of a final row. */
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
    ...(row.units !== null && { units: parseJson(row.units) as Units }),
    ...(row.target !== null && { target: row.target }),
    ...(row.target_attempts !== null && { attempts: parseJson(row.target_attempts) as TargetAttempt[] }),
    ...(row.shortfall !== null && { shortfall: row.shortfall }),
    ...(row.completion_tokens > 0 && { ai_generated: true }),
    ...(row.safety !== null && { safety: parseJson(row.safety) as SafetyNote }),
    ...(row.key_id !== null && { key_id: row.key_id }),
  },
  ts: Math.floor(row.closed_at / 1000),
})

/** Returns the prices of a row's route; undefined if it had none. */
export const getRowPrices = ({ prices }: UsageRow): Prices | undefined =>
  prices === null ? undefined : (JSON.parse(prices) as Prices)
