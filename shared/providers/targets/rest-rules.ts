import type { FailureKind } from '../../protocol/errors.ts'
import type { SwitchReason } from '../../protocol/route.ts'

/** Why a target rests: the failures that are the target's own. */
export type RestReason = Exclude<FailureKind, 'content' | 'context' | 'request'>

/** What follows from a failure of one kind. */
export interface RestRule {
  /** The first rest, in milliseconds. Each further one without a success in between is twice as long. */
  readonly firstMs: number
  readonly maxMs: number
  /** Whether the target rests only if a large share of its requests fails. */
  readonly byShare?: true
  /** The least time between two tries of a model before the rest is over, in milliseconds. There is one only if all of the
   *  model's targets rest. */
  readonly earlyEveryMs: number
  /** The word that the entry must list in `switch_on` for the next target to be tried, because the provider may bill the attempt. */
  readonly consent?: SwitchReason
}

/** A rest of seconds. */
export const brief = { firstMs: 5_000, maxMs: 60_000, earlyEveryMs: 5_000 } as const

/** A rest until an operator has acted, which an early try notices within a minute. */
const long = { firstMs: 900_000, maxMs: 14_400_000, earlyEveryMs: 60_000 } as const

/** The rules by the reason of a rest. Their order is that of the letters in the shared store: a new reason comes last. */
export const restRules: Readonly<Record<RestReason, RestRule>> = {
  rate: brief,
  overload: brief,
  unreached: brief,
  quota: long,
  key: long,
  region: long,
  // A request may cause these five, and must not make a target rest for all.
  model: { ...brief, byShare: true },
  timeout: { ...brief, byShare: true, consent: 'first_byte_timeout' },
  outage: { ...brief, byShare: true, consent: 'server_error' },
  blocked: { ...brief, byShare: true },
  unaffordable: { ...brief, byShare: true },
}
