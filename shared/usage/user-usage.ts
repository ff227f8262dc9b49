import { GatewayError } from '../protocol/errors.ts'
import type { User } from '../protocol/user.ts'
import { dayMs, toDay } from '../runtime/china-day.ts'
import type { UsageRecord } from './store/record.ts'
import { toUsageRecord, type UsageRow } from './store/row.ts'
import type { UsageStore } from './store/store.ts'
import type { UsageTotals } from './store/totals.ts'

/** The totals of a user for one day and model. */
export interface UserTotals {
  readonly day: string
  readonly model: string
  readonly requests: number
  readonly prompt_tokens: number
  readonly completion_tokens: number
  readonly total_tokens: number
  readonly points: number
}

/** The body of `GET /v1/usage`. */
export interface UserUsage {
  readonly object: 'usage'
  readonly from: string
  readonly to: string
  /** By day and model, oldest first. */
  readonly totals: readonly UserTotals[]
  /** Newest first. */
  readonly records: readonly UsageRecord[]
  /** The `after` of the next page; null on the last one. */
  readonly next: string | null
}

/** Reads the totals and one page of records of a user. */
export const getUserUsage = async (
  store: UsageStore,
  { id: userId, kind }: Pick<User, 'id' | 'kind'>,
  query: UsageQuery,
): Promise<UserUsage> => {
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
  const next = rows.length > limit ? formatCursor({ ...page, skip: page.skip + limit }) : null
  return {
    object: 'usage',
    from,
    to,
    totals: totals.map(toUserTotals),
    records: rows.slice(0, limit).map(isOperator(kind) ? toUsageRecord : toUserRecord),
    next,
  }
}

/** Without authentication, a gateway serves its operator alone. */
const isOperator = (kind: User['kind']): boolean => kind === 'admin' || kind === 'unauthenticated'

/** The record of an end user's call: without the operator's own fields, such as the names of key variables and
 *  the price of a target. */
const toUserRecord = (row: UsageRow): UsageRecord =>
  toUsageRecord({ ...row, target: null, target_attempts: null, ...(row.target !== null && { cost_nano: null }) })

const toUserTotals = ({ group, records, ...sums }: UsageTotals): UserTotals => ({
  day: group.day ?? '',
  model: group.model ?? '',
  requests: records,
  prompt_tokens: sums.prompt_tokens,
  completion_tokens: sums.completion_tokens,
  total_tokens: sums.total_tokens,
  points: sums.points,
})

/** The parsed query of `GET /v1/usage`. */
export interface UsageQuery {
  /** First and last day of the totals, `YYYY-MM-DD` in China, both included. */
  readonly from: string
  readonly to: string
  /** Records on a page. */
  readonly limit: number
  /** The page begins `skip` records after the newest record that was closed by `until` (milliseconds since 1970). */
  readonly page: { readonly until: number; readonly skip: number }
}

const defaultDays = 30

const defaultLimit = 20

const maxLimit = 100

/** Parses the query of `GET /v1/usage`: `from` and `to` (days; default: the 30 days up to `to`, or up to today), `limit` (1 to 100,
 *  default 20), `after` (the `next` of the previous page).
 *  @throws invalid_value (400, with `param`) */
export const parseUsageQuery = (parameters: URLSearchParams, now: number): UsageQuery => {
  const to = parseDay('to', parameters) ?? toDay(now)
  const from = parseDay('from', parameters) ?? toDay(Date.parse(to) - (defaultDays - 1) * dayMs)
  if (from > to) throw invalidParameterError('from', `'from' (${from}) must not be after 'to' (${to}).`)
  return { from, to, limit: parseLimit(parameters), page: parsePage(parameters) ?? { until: now, skip: 0 } }
}

/** Returns the `after` of a page. New records do not shift the pages: they count from the time of the first page. */
export const formatCursor = ({ until, skip }: UsageQuery['page']): string => `${until}.${skip}`

const parseDay = (name: string, parameters: URLSearchParams): string | undefined => {
  const value = parameters.get(name)
  if (value === null) return undefined
  const isDay = /^\d{4}-\d{2}-\d{2}$/.test(value) && !Number.isNaN(Date.parse(value))
  if (!isDay) throw invalidParameterError(name, `'${name}' must be a day, such as 2026-01-31.`)
  return value
}

const parseLimit = (parameters: URLSearchParams): number => {
  const limit = Number(parameters.get('limit') ?? defaultLimit)
  if (Number.isInteger(limit) && limit >= 1 && limit <= maxLimit) return limit
  throw invalidParameterError('limit', `'limit' must be a whole number from 1 to ${maxLimit}.`)
}

const parsePage = (parameters: URLSearchParams): UsageQuery['page'] | undefined => {
  const value = parameters.get('after')
  if (value === null) return undefined
  const [, until, skip] = /^(\d{1,15})\.(\d{1,6})$/.exec(value) ?? []
  if (!until || !skip) throw invalidParameterError('after', "'after' must be the 'next' of the page before.")
  return { until: Number(until), skip: Number(skip) }
}

const invalidParameterError = (param: string, message: string): GatewayError =>
  new GatewayError(400, 'invalid_value', message, { param })
