import { GatewayError } from '../protocol/errors.ts'
import type { Claim, LimitBounds, LimitState } from './limit-store.ts'
import { hasPlace, waitForRequests } from './room-left.ts'

/** Why a claim is refused, and for how long, in milliseconds. */
export interface Refusal {
  readonly limit: 'requests' | 'streams'
  readonly waitMs: number
}

/** When a user is told to come back whose requests are running, in milliseconds: nobody knows when one of them will end. */
const streamsWaitMs = 5_000

/** Why a claim is not within the bounds; undefined: it is. */
export const refusalOf = (state: LimitState, { requests }: Claim, bounds: LimitBounds): Refusal | undefined => {
  const waitMs = waitForRequests(state, requests, bounds)
  if (waitMs > 0) return { limit: 'requests', waitMs }
  return hasPlace(state, bounds) ? undefined : { limit: 'streams', waitMs: streamsWaitMs }
}

/** The error that a refused user gets. */
export const refused = ({ limit, waitMs }: Refusal, { requests }: Claim, bounds: LimitBounds): GatewayError => {
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

/** A claim on its way: how many had come before it. */
export interface Caller extends Claim {
  readonly number: number
}

/** Doors that are known to be closed. */
export interface Doors {
  /** Counts whoever comes. */
  readonly arrive: () => number
  readonly close: (caller: Claim, refusal: Refusal) => void
  readonly refusalOf: (caller: Caller) => Refusal | undefined
}

/** Remembers refusals, so that knocking costs nothing: one for its requests holds until there can be room again, and any holds for
 *  those who had come before it was given and ask for no less. */
export const doors = (now: () => number): Doors => {
  const closed = new Map<
    string,
    Refusal & { readonly requests: number; readonly until: number; readonly number: number }
  >()
  let arrivals = 0
  return {
    arrive: () => ++arrivals,
    close: ({ user, requests }, refusal) => {
      if (closed.size >= 1_000) for (const [name, { until }] of closed) if (until <= now()) closed.delete(name)
      closed.set(user, { ...refusal, requests, until: now() + refusal.waitMs, number: arrivals })
    },
    refusalOf: ({ user, requests, number }) => {
      const door = closed.get(user)
      if (!door || requests < door.requests) return undefined
      const waitMs = door.until - now()
      if (number > door.number && (door.limit === 'streams' || waitMs <= 0)) return undefined
      return { limit: door.limit, waitMs }
    },
  }
}
