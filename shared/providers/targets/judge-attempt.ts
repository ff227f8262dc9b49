import { type FailureKind, type GatewayError, isGatewayError } from '../../protocol/errors.ts'
import type { Target } from '../../protocol/route.ts'
import { type RestReason, restRules } from './rest-rules.ts'
import type { TargetFailure } from './rests.ts'

/** The meaning of a failed attempt. */
export interface AttemptVerdict {
  /** The failure as far as it concerns the target; undefined: the request or the client is its cause. */
  readonly failure: TargetFailure | undefined
  /** Whether another target may be tried: the failure is the target's own and cannot have billed, or the entry permits it. */
  readonly switches: boolean
  /** Whether only another model can do better: the conversation is too long for this one. */
  readonly isTooLong: boolean
  /** Whether the provider may bill the attempt all the same. */
  readonly mayBeBilled: boolean
}

const final: AttemptVerdict = { failure: undefined, switches: false, isTooLong: false, mayBeBilled: false }

/** Judges the failure of an attempt by its kind. */
export const judgeAttempt = (thrown: unknown, { switchOn }: Target): AttemptVerdict => {
  if (isGatewayError(thrown) && thrown.options.isUnable) return { ...final, switches: true }
  const kind = isGatewayError(thrown) ? findRestReason(thrown) : undefined
  if (!isGatewayError(thrown) || !kind) return final
  if (!isRestReason(kind)) {
    const isTooLong = kind === 'context'
    return { ...final, isTooLong, switches: isTooLong && switchOn.includes('context_length') }
  }
  const { consent } = restRules[kind]
  const { usage, headers } = thrown.options
  return {
    failure: { reason: kind, waitMs: getAskedWaitMs(headers) },
    switches: usage === undefined && (consent === undefined || switchOn.includes(consent)),
    isTooLong: false,
    mayBeBilled: usage !== undefined || consent !== undefined,
  }
}

const isRestReason = (kind: FailureKind): kind is RestReason => Object.hasOwn(restRules, kind)

const findRestReason = ({ code, options }: GatewayError): FailureKind | undefined => {
  if (options.failure || code === 'client_gone') return options.failure
  if (code === 'gateway_misconfigured') return 'unreached'
  return code === 'upstream_error' ? 'outage' : undefined
}

const getAskedWaitMs = (headers: Readonly<Record<string, string>> = {}): number | undefined => {
  const milliseconds = Number(headers['retry-after-ms'] ?? Number(headers['retry-after']) * 1_000)
  return Number.isNaN(milliseconds) ? undefined : milliseconds
}
