import { GatewayError } from '../protocol/errors.ts'
import { isExpired } from './lease.ts'
import { type AcquireRequest, type LimitBounds, type LimitState, windowMs } from './limit-store.ts'

/** Why a request is rejected. */
export interface LimitRejection {
  readonly limit: 'requests' | 'streams'
  /** Milliseconds until the next try makes sense. */
  readonly waitMs: number
}

/** The wait for a free slot, in milliseconds. It is a guess: the end of a running request cannot be predicted. */
const slotWaitMs = 5_000

/** Returns why a request is not within the bounds; undefined if it is. */
export const getRejection = (
  state: LimitState,
  { weight }: AcquireRequest,
  bounds: LimitBounds,
): LimitRejection | undefined => {
  const waitMs = getWaitMs(state, weight, bounds)
  if (waitMs > 0) return { limit: 'requests', waitMs }
  return hasFreeSlot(state, bounds) ? undefined : { limit: 'streams', waitMs: slotWaitMs }
}

/** Creates the error of a rejected request: 429 `rate_limit_exceeded`, with `retry-after`. */
export const toRateLimitError = (
  { limit, waitMs }: LimitRejection,
  { weight }: AcquireRequest,
  bounds: LimitBounds,
): GatewayError => {
  const seconds = Math.max(1, Math.ceil(waitMs / 1_000))
  const { perMinute, concurrent } = bounds
  const counted = weight > 1 ? `, and this one counts as ${weight}` : ''
  const messages = {
    requests: `You may send ${perMinute} requests a minute${counted}. Try again in ${seconds} seconds.`,
    streams: `You may have ${concurrent} requests running at once. Try again when one of them has ended.`,
  }
  const allowed = limit === 'requests' && { 'x-ratelimit-limit-requests': String(perMinute) }
  const headers = { 'retry-after': String(seconds), ...allowed }
  return new GatewayError(429, 'rate_limit_exceeded', messages[limit], { headers, log: { limit } })
}

/** Returns the milliseconds until a request of this weight is within `perMinute`; 0 if it is now. */
export const getWaitMs = ({ timestamps, now }: LimitState, weight: number, { perMinute }: LimitBounds): number => {
  const counted = timestamps.filter((timestamp) => timestamp > now - windowMs)
  const lastToExpire = perMinute > 0 ? counted[counted.length + weight - perMinute - 1] : undefined
  return lastToExpire === undefined ? 0 : lastToExpire + windowMs - now
}

/** Whether one more request may run. */
export const hasFreeSlot = ({ leases, now }: LimitState, { concurrent }: LimitBounds): boolean =>
  concurrent === 0 || leases.filter((lease) => !isExpired(lease, now)).length < concurrent
