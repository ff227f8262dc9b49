import { GatewayError } from '../protocol/errors.ts'
import { isExpired } from './lease.ts'
import { type AcquireRequest, type LimitBounds, type LimitState, windowMs } from './limit-store.ts'

/** Why a claim is refused, and for how long, in milliseconds. */
export interface Rejected {
  readonly limit: 'requests' | 'streams'
  readonly waitMs: number
}

/** When a user is told to come back whose requests are running, in milliseconds: nobody knows when one of them will end. */
const streamsRetryAfterMs = 5_000

/** Why a claim is not within the bounds; undefined: it is. */
export const getRejection = (
  state: LimitState,
  { weight: requests }: AcquireRequest,
  bounds: LimitBounds,
): Rejected | undefined => {
  const waitMs = getWaitMs(state, requests, bounds)
  if (waitMs > 0) return { limit: 'requests', waitMs }
  return hasFreeSlot(state, bounds) ? undefined : { limit: 'streams', waitMs: streamsRetryAfterMs }
}

/** The error that a refused user gets. */
export const toRateLimitError = (
  { limit, waitMs }: Rejected,
  { weight: requests }: AcquireRequest,
  bounds: LimitBounds,
): GatewayError => {
  const seconds = Math.max(1, Math.ceil(waitMs / 1_000))
  const { perMinute, concurrent } = bounds
  const weight = requests > 1 ? `, and this one counts as ${requests}` : ''
  const messages = {
    requests: `You may send ${perMinute} requests a minute${weight}. Try again in ${seconds} seconds.`,
    streams: `You may have ${concurrent} requests running at once. Try again when one of them has ended.`,
  }
  const allowed = limit === 'requests' && { 'x-ratelimit-limit-requests': String(perMinute) }
  const headers = { 'retry-after': String(seconds), ...allowed }
  return new GatewayError(429, 'rate_limit_exceeded', messages[limit], { headers, log: { limit } })
}

/** How long, in milliseconds, until a claim for so many requests is within the limit of requests; 0: it is. */
export const getWaitMs = (
  { timestamps: grants, now }: LimitState,
  requests: number,
  { perMinute }: LimitBounds,
): number => {
  const counting = grants.filter((grant) => grant > now - windowMs)
  const leaving = perMinute > 0 ? counting[counting.length + requests - perMinute - 1] : undefined
  return leaving === undefined ? 0 : leaving + windowMs - now
}

/** Whether one more request may run. */
export const hasFreeSlot = ({ leases, now }: LimitState, { concurrent }: LimitBounds): boolean =>
  concurrent === 0 || leases.filter((lease) => !isExpired(lease, now)).length < concurrent
