import { hasRunOut } from './lease.ts'
import { type LimitBounds, type LimitState, windowMs } from './limit-store.ts'

/** How long, in milliseconds, until a claim for so many requests is within the limit of requests; 0: it is. */
export const waitForRequests = ({ grants, now }: LimitState, requests: number, { perMinute }: LimitBounds): number => {
  const counting = grants.filter((grant) => grant > now - windowMs)
  const leaving = perMinute > 0 ? counting[counting.length + requests - perMinute - 1] : undefined
  return leaving === undefined ? 0 : leaving + windowMs - now
}

/** Whether one more request may run. */
export const hasPlace = ({ leases, now }: LimitState, { concurrent }: LimitBounds): boolean =>
  concurrent === 0 || leases.filter((lease) => !hasRunOut(lease, now)).length < concurrent
