import type { Limiter } from '../../limits/limiter.ts'
import type { Registry } from '../../models/registry.ts'
import type { Log } from '../../runtime/log.ts'
import { memoizeWeak, once } from '../../runtime/memoize.ts'
import type { Config } from '../config/config.ts'
import { openLimiter } from '../stores/limit-stores.ts'
import type { CallGuard } from './guard-call.ts'
import { type AdmitRequest, type CallHold, type HeldCall, type HoldCall, joinHolds, unused } from './holds/hold.ts'

/** A call that is admitted. */
export interface Admitted extends HeldCall {
  /** The check of the call's texts. Undefined: they are not checked. */
  readonly guard: CallGuard | undefined
}

/** Admits a call before its provider is called: first by the limits of its user, then by its idempotency key, then by the quotas and
 *  the user's wallet at the same time. Its texts are checked when its provider is called.
 *  @throws rate_limit_exceeded, quota_exceeded (429, with `retry-after`), idempotency_conflict (409), idempotency_key_reused (422),
 *  insufficient_quota (402), usage_unavailable, gateway_misconfigured (503) */
export type Admit = (request: AdmitRequest) => Promise<Admitted>

/** Creates the admission of a configuration. It counts in the store that the instances share, if there is one. What a call does not
 *  need is not loaded. Quotas and wallets are loaded at once, so that the log says at start what they cannot enforce. Keys may have quotas of their own. */
export const createAdmit = (config: Config, log: Log, models: Registry): Admit => {
  const holders = createHolders(config, log, models)
  const createGuard = createLateGuard(config, log)
  return async (request) => {
    const holds: CallHold[] = []
    let { call } = request
    try {
      for (const hold of holders) {
        const held = await hold({ ...request, call })
        call = held.call
        if (held.hold) holds.push(held.hold)
      }
      const guard = await createGuard(request)
      return { call, hold: joinHolds(holds), guard }
    } catch (error) {
      await Promise.all(holds.map(({ settle }) => settle(unused)))
      throw error
    }
  }
}

/** What holds something for each call, in order. */
const createHolders = (config: Config, log: Log, models: Registry): HoldCall[] => {
  const { quotas, keys, wallet } = config
  const acquire = createAcquire(config)
  const claim = late(async () => (await import('./holds/hold-claim.ts')).createHoldClaim(config, log))
  const funds = late(async () => (await import('./holds/hold-funds.ts')).createHoldFunds(config, log, models))
  const holdsFunds = wallet.kind !== 'off' || quotas !== undefined
  if (holdsFunds) funds.load().catch(() => undefined)
  return [
    ...(acquire ? [createHoldPlace(acquire)] : []),
    async (request) => ('idempotency-key' in request.headers ? claim.hold(request) : request),
    ...(holdsFunds || keys ? [funds.hold] : []),
  ]
}

/** A holder that is loaded with its first call. */
const late = (create: () => Promise<HoldCall>) => {
  const load = once(create)
  const hold: HoldCall = async (request) => (await load())(request)
  return { load, hold }
}

/** Creates what counts the requests of users and takes their places: one for each configuration, because all requests of an
 *  instance count together. Undefined: they are not limited.
 *  @throws rate_limit_exceeded (429, with `retry-after`) from that function */
export const createAcquire = memoizeWeak((config: Config): Limiter['acquire'] | undefined => {
  const { limits, server } = config
  if (limits.perMinute === 0 && limits.concurrent === 0) return undefined
  const limiter = once(() => openLimiter(limits, config, server.log))
  return async (request) => (await limiter()).acquire(request)
})

/** Holds a place among the running calls of the user. */
const createHoldPlace =
  (acquire: Limiter['acquire']): HoldCall =>
  async (request) => {
    const release = await acquire(request)
    return { call: request.call, hold: release && { settle: async () => void (await release()) } }
  }

/** The guards are loaded at once if texts are checked, so that the log names a mistake at start. A model can ask for a check
 *  by itself. */
const createLateGuard = (config: Config, log: Log) => {
  const load = once(async () => (await import('./guard-call.ts')).createGuards(config, log))
  if (config.moderation) load().catch(() => undefined)
  return async (request: AdmitRequest): Promise<CallGuard | undefined> => {
    const { moderation } = request.route
    if (moderation === 'off' || (!config.moderation && !moderation)) return undefined
    return (await load())(request)
  }
}
