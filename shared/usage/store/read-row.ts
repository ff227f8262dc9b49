import { isObject, type JsonObject } from '../../runtime/json.ts'
import type { UsageRow } from './row.ts'
import type { TotalsQuery, UsageTotals } from './totals.ts'

/** Reads a row from a store's own form: booleans may be 0 and 1, numbers may be decimal strings. Unknown
 *  columns are ignored: a later version may have added them. A missing column becomes an empty value (`''`, 0, false, null), so that
 *  rows of earlier versions stay readable. */
export const readRow = (value: unknown): UsageRow => {
  const row = isObject(value) ? value : {}
  return {
    id: readText(row['id']),
    state: toKnown(states, row['state'], 'void'),
    delivery: toKnown(deliveries, row['delivery'], 'none'),
    mark: readText(row['mark']),
    user_id: toNullableText(row['user_id']),
    model: readText(row['model']),
    upstream_model: readText(row['upstream_model']),
    provider: readText(row['provider']),
    endpoint: readText(row['endpoint']),
    stream: toBoolean(row['stream']),
    client_request_id: toNullableText(row['client_request_id']),
    prices: toNullableText(row['prices']),
    prompt_estimate: readNumber(row['prompt_estimate']),
    progress_tokens: readNumber(row['progress_tokens']),
    opened_at: readNumber(row['opened_at']),
    deadline_at: readNumber(row['deadline_at']),
    outcome: toNullableText(row['outcome']),
    estimated: toBoolean(row['estimated']),
    usage: toNullableText(row['usage']),
    prompt_tokens: readNumber(row['prompt_tokens']),
    completion_tokens: readNumber(row['completion_tokens']),
    total_tokens: readNumber(row['total_tokens']),
    cached_tokens: readNumber(row['cached_tokens']),
    points: readNumber(row['points']),
    cost_nano: toNullableNumber(row['cost_nano']),
    latency_ms: readNumber(row['latency_ms']),
    ttft_ms: readNumber(row['ttft_ms']),
    closed_at: readNumber(row['closed_at']),
    day: readText(row['day']),
    attempts: readNumber(row['attempts']),
    next_at: readNumber(row['next_at']),
    units: toNullableText(row['units']),
    target: toNullableText(row['target']),
    target_attempts: toNullableText(row['target_attempts']),
    shortfall: toNullableNumber(row['shortfall']),
  }
}

/** Reads totals from a store's own form. A sum over no rows may be null.
 *  @param key the values that the group's rows share */
export const readTotals = (sums: JsonObject, key: JsonObject, { by }: TotalsQuery): UsageTotals => ({
  group: Object.fromEntries(by.map((field) => [field, toNullableText(key[field])])),
  records: readNumber(sums['records']),
  estimated: readNumber(sums['estimated']),
  orphans: readNumber(sums['orphans']),
  undelivered: readNumber(sums['undelivered']),
  dead: readNumber(sums['dead']),
  prompt_tokens: readNumber(sums['prompt_tokens']),
  completion_tokens: readNumber(sums['completion_tokens']),
  total_tokens: readNumber(sums['total_tokens']),
  cached_tokens: readNumber(sums['cached_tokens']),
  points: readNumber(sums['points']),
  cost_nano: readNumber(sums['cost_nano']),
})

const states: readonly UsageRow['state'][] = ['open', 'final', 'void']

const deliveries: readonly UsageRow['delivery'][] = ['none', 'pending', 'sent', 'dead']

/** An unknown state becomes the fallback, which leaves nothing to do for the row. */
const toKnown = <Value>(known: readonly Value[], value: unknown, fallback: Value): Value =>
  known.find((each) => each === value) ?? fallback

const readText = (value: unknown): string => toNullableText(value) ?? ''

const toNullableText = (value: unknown): string | null => (typeof value === 'string' ? value : null)

const toBoolean = (value: unknown): boolean => value === true || value === 1

const readNumber = (value: unknown): number => toNullableNumber(value) ?? 0

const toNullableNumber = (value: unknown): number | null => {
  const number = Number(value ?? Number.NaN)
  return Number.isFinite(number) ? number : null
}
