import { GatewayError } from '../protocol/errors.ts'
import type { Log } from '../protocol/log.ts'
import type { User } from '../protocol/user.ts'
import { hasRunOut, leaseUntil } from './lease.ts'
import type { Claim, LimitBounds, LimitState, LimitStore } from './limit-store.ts'
import { hasPlace, waitForRequests } from './room-left.ts'
import { doneWithin, inTime } from './within.ts'

export interface LimiterOptions {
  readonly bounds: LimitBounds
  /** How long a request can run, in milliseconds; whoever has not given its place back by then is dead. */
  readonly leaseMs: number
  /** Counts in this instance. */
  readonly own: LimitStore
  /** Counts for all instances; undefined where they share nothing. While it fails, this instance counts alone. */
  readonly shared: LimitStore | undefined
  readonly log: Log
  /** Milliseconds since 1970. */
  readonly now?: () => number
}

export interface Reservation {
  readonly user: User
  /** For how many requests this one counts. */
  readonly answers: number
  readonly requestId: string
}

/** Gives a request's place back. It never rejects: a place that is not given back is free again when its lease runs out. */
export type Release = () => Promise<void>

/** Lets users in as often as they may. */
export interface Limiter {
  /** Undefined: there is nothing to give back.
   *  @throws rate_limit_exceeded (429, with `retry-after`) */
  readonly reserve: (reservation: Reservation) => Promise<Release | undefined>
}

/** Why a claim is refused, and for how long, in milliseconds. */
interface Refusal {
  readonly limit: 'requests' | 'streams'
  readonly waitMs: number
}

/** The longest that a request waits to be counted, and an answer's end for its place to be given back, in milliseconds. */
const countingMs = 2_000
const releasingMs = 500
/** When a refused user is told to come back where nobody knows when a running answer will end, in milliseconds. */
const streamsWaitMs = 5_000
const attempts = 3

/** The limiter of a function. The administrator is not limited, and nobody is where nobody is known. A user who was refused is
 *  refused without asking the store until there can be room again: knocking costs nothing. */
export const limiter = (options: LimiterOptions): Limiter => {
  const { bounds, leaseMs, own, shared, log, now = Date.now } = options
  const closed = closedDoors(now)

  return {
    reserve: async ({ user, answers, requestId }) => {
      if (user.id === null || user.kind === 'admin') return undefined
      const lease = bounds.concurrent > 0 ? leaseUntil(now() + leaseMs) : undefined
      const claim: Claim = { user: user.id, requests: Math.min(answers, bounds.perMinute), lease }
      const known = closed.refusalOf(claim)
      if (known) throw refused(known, claim, bounds)
      let store = shared ?? own
      const refusal = await inTime(countingMs, ask(store, claim, bounds)).catch((error: unknown) => {
        log('error', 'limits_unavailable', { request_id: requestId, cause: error instanceof Error ? error.name : '' })
        store = own
        return ask(own, claim, bounds)
      })
      if (refusal) closed.close(claim, refusal)
      if (refusal) throw refused(refusal, claim, bounds)
      return lease === undefined ? undefined : releaseOf(store, user.id, lease)
    },
  }
}

/** Asks a store to let a claim in; undefined: it has. */
const ask = async (store: LimitStore, claim: Claim, bounds: LimitBounds): Promise<Refusal | undefined> => {
  for (let attempt = 1; attempt <= attempts; attempt++) {
    if (await store.take(claim)) return undefined
    const state = await store.read(claim.user)
    const refusal = state && refusalOf(state, claim, bounds)
    if (refusal) return refusal
    await store.mend(claim.user, state?.leases.filter((lease) => hasRunOut(lease, state.now)) ?? [])
  }
  return { limit: 'requests', waitMs: 1_000 }
}

const refusalOf = (state: LimitState, { requests }: Claim, bounds: LimitBounds): Refusal | undefined => {
  const waitMs = waitForRequests(state, requests, bounds)
  if (waitMs > 0) return { limit: 'requests', waitMs }
  return hasPlace(state, bounds) ? undefined : { limit: 'streams', waitMs: streamsWaitMs }
}

const releaseOf =
  (store: LimitStore, user: string, lease: string): Release =>
  async () => {
    await doneWithin(
      releasingMs,
      store.release(user, lease).catch(() => undefined),
    )
  }

/** Users whom the limit of requests keeps out, and until when. */
const closedDoors = (now: () => number) => {
  const doors = new Map<string, { readonly requests: number; readonly until: number }>()
  return {
    /** The refusal of a claim that is known to fail. */
    refusalOf: ({ user, requests }: Claim): Refusal | undefined => {
      const door = doors.get(user)
      if (!door) return undefined
      const waitMs = door.until - now()
      if (waitMs <= 0) doors.delete(user)
      return waitMs > 0 && requests >= door.requests ? { limit: 'requests', waitMs } : undefined
    },
    close: ({ user, requests }: Claim, { limit, waitMs }: Refusal): void => {
      if (limit !== 'requests') return
      if (doors.size >= 1_000) for (const [name, { until }] of doors) if (until <= now()) doors.delete(name)
      doors.set(user, { requests, until: now() + waitMs })
    },
  }
}

const refused = ({ limit, waitMs }: Refusal, { requests }: Claim, bounds: LimitBounds): GatewayError => {
  const seconds = Math.max(1, Math.ceil(waitMs / 1_000))
  const { perMinute, concurrent } = bounds
  const messages = {
    requests: `You may send ${perMinute} requests a minute${requests > 1 ? `, and this one counts as ${requests}` : ''}. Try again in ${seconds} seconds.`,
    streams: `You may have ${concurrent} requests running at once. Try again when one of them has ended.`,
  }
  const left = limit === 'requests' && { 'x-ratelimit-limit-requests': String(perMinute) }
  return new GatewayError(429, 'rate_limit_exceeded', messages[limit], {
    headers: { 'retry-after': String(seconds), ...left },
    log: { limit },
  })
}
