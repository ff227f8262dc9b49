import { isObject, type JsonObject } from '../../runtime/json.ts'
import type { UsageRow } from './row.ts'
import type { TotalsQuery, UsageTotals } from './totals.ts'

/** Reads a row from a store's own form: booleans may be 0 and 1, numbers may be decimal strings. Unknown
 *  columns are ignored: a later version may have added them. A missing column becomes an empty value (`''`, 0, false, null), so that
 *  rows of earlier versions stay readable. */
export const readRow = (value: unknown): UsageRow => {
  const row = isObject(value) ? value : {}
  return {
    id: toText(row['id']),
    state: toKnown(states, row['state'], 'void'),
    delivery: toKnown(deliveries, row['delivery'], 'none'),
    mark: toText(row['mark']),
    user_id: toNullableText(row['user_id']),
    model: toText(row['model']),
    upstream_model: toText(row['upstream_model']),
    provider: toText(row['provider']),
    endpoint: toText(row['endpoint']),
    stream: toBoolean(row['stream']),
    client_request_id: toNullableText(row['client_request_id']),
    prices: toNullableText(row['prices']),
    prompt_estimate: toNumber(row['prompt_estimate']),
    progress_tokens: toNumber(row['progress_tokens']),
    opened_at: toNumber(row['opened_at']),
    deadline_at: toNumber(row['deadline_at']),
    outcome: toNullableText(row['outcome']),
    estimated: toBoolean(row['estimated']),
    usage: toNullableText(row['usage']),
    prompt_tokens: toNumber(row['prompt_tokens']),
    completion_tokens: toNumber(row['completion_tokens']),
    total_tokens: toNumber(row['total_tokens']),
    cached_tokens: toNumber(row['cached_tokens']),
    points: toNumber(row['points']),
    cost_nano: toNullableNumber(row['cost_nano']),
    latency_ms: toNumber(row['latency_ms']),
    ttft_ms: toNumber(row['ttft_ms']),
    closed_at: toNumber(row['closed_at']),
    day: toText(row['day']),
    attempts: toNumber(row['attempts']),
    next_at: toNumber(row['next_at']),
    units: toNullableText(row['units']),
    target: toNullableText(row['target']),
    target_attempts: toNullableText(row['target_attempts']),
  }
}

/** Reads totals from a store's own form. A sum over no rows may be null.
 *  @param key the values that the group's rows share */
export const readTotals = (sums: JsonObject, key: JsonObject, { by }: TotalsQuery): UsageTotals => ({
  group: Object.fromEntries(by.map((field) => [field, toNullableText(key[field])])),
  records: toNumber(sums['records']),
  estimated: toNumber(sums['estimated']),
  orphans: toNumber(sums['orphans']),
  undelivered: toNumber(sums['undelivered']),
  dead: toNumber(sums['dead']),
  prompt_tokens: toNumber(sums['prompt_tokens']),
  completion_tokens: toNumber(sums['completion_tokens']),
  total_tokens: toNumber(sums['total_tokens']),
  cached_tokens: toNumber(sums['cached_tokens']),
  points: toNumber(sums['points']),
  cost_nano: toNumber(sums['cost_nano']),
})

const states: readonly UsageRow['state'][] = ['open', 'final', 'void']

const deliveries: readonly UsageRow['delivery'][] = ['none', 'pending', 'sent', 'dead']

/** An unknown state becomes the fallback, which leaves nothing to do for the row. */
const toKnown = <Value>(known: readonly Value[], value: unknown, fallback: Value): Value =>
  known.find((each) => each === value) ?? fallback

const toText = (value: unknown): string => toNullableText(value) ?? ''

const toNullableText = (value: unknown): string | null => (typeof value === 'string' ? value : null)

const toBoolean = (value: unknown): boolean => value === true || value === 1

const toNumber = (value: unknown): number => toNullableNumber(value) ?? 0

const toNullableNumber = (value: unknown): number | null => {
  const number = Number(value ?? Number.NaN)
  return Number.isFinite(number) ? number : null
}
