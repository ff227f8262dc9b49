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
  /** Whether a request may try the target before its time if no other is left. */
  readonly early?: true
  /** The word that the entry must list in `switch_on` for the next target to be tried, because the provider may bill the attempt. */
  readonly consent?: SwitchReason
}

/** A rest of seconds. */
export const brief = { firstMs: 5_000, maxMs: 60_000, early: true } as const

/** A rest until an operator has acted. */
const long = { firstMs: 900_000, maxMs: 14_400_000 } as const

/** The rules by the reason of a rest. */
export const restRules: Readonly<Record<RestReason, RestRule>> = {
  rate: brief,
  overload: brief,
  unreached: brief,
  quota: long,
  key: long,
  region: long,
  // A request may cause these four, and must not make a target rest for all.
  model: { ...brief, byShare: true },
  timeout: { ...brief, byShare: true, consent: 'first_byte_timeout' },
  outage: { ...brief, byShare: true, consent: 'server_error' },
  blocked: { ...brief, byShare: true },
}
