import type { LimitRequest, Release } from '../../limits/limiter.ts'
import type { Log } from '../../runtime/log.ts'
import { once } from '../../runtime/memoize.ts'
import type { Config } from '../config/config.ts'
import { createSharedLimits } from '../stores/limit-stores.ts'
import type { CallGuard } from './guard-call.ts'
import type { AdmitRequest, CallHold, HoldPoints, PayableCall } from './hold-points.ts'

/** A call that is admitted. */
export interface Admitted extends PayableCall {
  /** Gives back the call's place among the running calls of its user. Undefined: there is nothing to give back. */
  readonly release: Release | undefined
  /** The check of the call's texts. Undefined: they are not checked. */
  readonly guard: CallGuard | undefined
}

/** Admits a call before its provider is called: first by the limits of its user, then by the quotas, then by the user's wallet. Its texts are checked
 *  when its provider is called.
 *  @throws rate_limit_exceeded, quota_exceeded (429, with `retry-after`), insufficient_quota (402),
 *  usage_unavailable, gateway_misconfigured (503) */
export type Admit = (request: AdmitRequest) => Promise<Admitted>

/** A lease outlives the longest reply by this much, in milliseconds. It covers the time before and after the provider's
 *  response, and clocks that differ. */
const leaseMarginMs = 60_000

/** Creates the admission of a configuration. It counts in the store that the instances share, if there is one. Limiter
 *  and wallet are loaded on the first call, and never if they are off. Quotas are loaded at once, so that the log names a
 *  mistake in them at start. */
export const createAdmit = (config: Config, log: Log): Admit => {
  const acquire = createAcquire(config, log)
  const holders = createHolders(config, log)
  const createGuard = createLoadGuards(config, log)
  return async (request) => {
    const release = await acquire?.(request)
    const holds: CallHold[] = []
    let { call } = request
    try {
      for (const getHolder of holders) {
        const held = await (await getHolder())({ ...request, call })
        call = held.call
        if (held.hold) holds.push(held.hold)
      }
      const guard = (await createGuard?.())?.(request.requestId)
      return { call, release, hold: joinHolds(holds), guard }
    } catch (error) {
      await Promise.all([release?.(), ...holds.map(({ settle }) => settle({ points: 0, tokens: 0 }))])
      throw error
    }
  }
}

/** What holds something for each call, in order. */
const createHolders = (config: Config, log: Log): (() => Promise<HoldPoints>)[] => {
  const holders: (() => Promise<HoldPoints>)[] = []
  if (config.quotas) {
    const load = once(async () => (await import('./hold-quotas.ts')).createHoldQuotas(config, log))
    load().catch(() => undefined)
    holders.push(load)
  }
  if (config.wallet.kind !== 'off')
    holders.push(once(async () => (await import('./hold-points.ts')).createHoldPoints(config, log)))
  return holders
}

/** The guards are loaded at once, so that the log names a mistake at start. */
const createLoadGuards = (config: Config, log: Log) => {
  if (!config.moderation) return undefined
  const load = once(async () => (await import('./guard-call.ts')).createGuards(config, log))
  load().catch(() => undefined)
  return load
}

/** Settles several holds at the same time. The receipt is that of the wallet. */
const joinHolds = (holds: readonly CallHold[]): CallHold | undefined =>
  holds.length < 2
    ? holds[0]
    : {
        points: holds.find(({ points }) => points !== undefined)?.points,
        settle: async (used) => (await Promise.all(holds.map(({ settle }) => settle(used)))).find(Boolean),
      }

type Acquire = (request: LimitRequest) => Promise<Release | undefined>

const createAcquire = ({ limits, usage, timeouts }: Config, log: Log): Acquire | undefined => {
  if (limits.perMinute === 0 && limits.concurrent === 0) return undefined
  const limiter = once(async () => {
    const { createRateLimiter } = await import('../../limits/limiter.ts')
    const leaseMs = timeouts.total + leaseMarginMs
    return createRateLimiter({ bounds: limits, leaseMs, shared: await createSharedLimits(limits, usage.store), log })
  })
  return async (call) => (await limiter()).acquire(call)
}
