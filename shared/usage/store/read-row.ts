import { isObject, type JsonObject } from '../../runtime/json.ts'
import type { UsageRow } from './row.ts'
import type { TotalsQuery, UsageTotals } from './totals.ts'

/** Reads a row from a store's own form: booleans may be 0 and 1, numbers may be decimal strings. Unknown
 *  columns are ignored: a later version may have added them. A missing column becomes an empty value (`''`, 0, false, null), so that
 *  rows of earlier versions stay readable. */
export const readRow = (value: unknown): UsageRow => {
  const row = isObject(value) ? value : {}
  return {
    id: orEmpty(row['id']),
    state: toKnown(states, row['state'], 'void'),
    delivery: toKnown(deliveries, row['delivery'], 'none'),
    mark: orEmpty(row['mark']),
    user_id: toNullableText(row['user_id']),
    model: orEmpty(row['model']),
    upstream_model: orEmpty(row['upstream_model']),
    provider: orEmpty(row['provider']),
    endpoint: orEmpty(row['endpoint']),
    stream: toBoolean(row['stream']),
    client_request_id: toNullableText(row['client_request_id']),
    prices: toNullableText(row['prices']),
    prompt_estimate: orZero(row['prompt_estimate']),
    progress_tokens: orZero(row['progress_tokens']),
    opened_at: orZero(row['opened_at']),
    deadline_at: orZero(row['deadline_at']),
    outcome: toNullableText(row['outcome']),
    estimated: toBoolean(row['estimated']),
    usage: toNullableText(row['usage']),
    prompt_tokens: orZero(row['prompt_tokens']),
    completion_tokens: orZero(row['completion_tokens']),
    total_tokens: orZero(row['total_tokens']),
    cached_tokens: orZero(row['cached_tokens']),
    points: orZero(row['points']),
    cost_nano: toNullableNumber(row['cost_nano']),
    latency_ms: orZero(row['latency_ms']),
    ttft_ms: orZero(row['ttft_ms']),
    closed_at: orZero(row['closed_at']),
    day: orEmpty(row['day']),
    attempts: orZero(row['attempts']),
    next_at: orZero(row['next_at']),
    units: toNullableText(row['units']),
    target: toNullableText(row['target']),
    target_attempts: toNullableText(row['target_attempts']),
    shortfall: toNullableNumber(row['shortfall']),
    safety: toNullableText(row['safety']),
    key_id: toNullableText(row['key_id']),
  }
}

/** Reads totals from a store's own form. A sum over no rows may be null.
 *  @param key the values that the group's rows share */
export const readTotals = (sums: JsonObject, key: JsonObject, { by }: TotalsQuery): UsageTotals => ({
  group: Object.fromEntries(by.map((field) => [field, toNullableText(key[field])])),
  records: orZero(sums['records']),
  estimated: orZero(sums['estimated']),
  orphans: orZero(sums['orphans']),
  undelivered: orZero(sums['undelivered']),
  dead: orZero(sums['dead']),
  prompt_tokens: orZero(sums['prompt_tokens']),
  completion_tokens: orZero(sums['completion_tokens']),
  total_tokens: orZero(sums['total_tokens']),
  cached_tokens: orZero(sums['cached_tokens']),
  points: orZero(sums['points']),
  cost_nano: orZero(sums['cost_nano']),
})

const states: readonly UsageRow['state'][] = ['open', 'final', 'void']

const deliveries: readonly UsageRow['delivery'][] = ['none', 'pending', 'sent', 'dead']

/** An unknown state becomes the fallback, which leaves nothing to do for the row. */
const toKnown = <Value>(known: readonly Value[], value: unknown, fallback: Value): Value =>
  known.find((each) => each === value) ?? fallback

const orEmpty = (value: unknown): string => toNullableText(value) ?? ''

const toNullableText = (value: unknown): string | null => (typeof value === 'string' ? value : null)

const toBoolean = (value: unknown): boolean => value === true || value === 1

const orZero = (value: unknown): number => toNullableNumber(value) ?? 0

const toNullableNumber = (value: unknown): number | null => {
  const number = Number(value ?? Number.NaN)
  return Number.isFinite(number) ? number : null
}
