import type { Request } from '../../http/request.ts'
import type { TargetAttempt } from '../../protocol/attempt.ts'
import type { Call } from '../../protocol/call.ts'
import { isGatewayError } from '../../protocol/errors.ts'
import type { Route, Target } from '../../protocol/route.ts'
import {
  hasOnlyTotal,
  type OtherUnits,
  type Outcome,
  splitTotal,
  toOutcome,
  toUsage,
  type Usage,
} from '../../protocol/usage.ts'
import type { User } from '../../protocol/user.ts'
import { clientGoneError } from '../../providers/errors/upstream-errors.ts'
import { type CancelSignal, createLinkedCancellation } from '../../runtime/cancellation.ts'
import type { Ledger, LedgerEntry } from '../../usage/ledger/ledger.ts'
import type { Closing, Opening } from '../../usage/store/record.ts'
import type { Receipt } from '../../wallet/wallets.ts'
import type { CallGuard } from './guard-call.ts'
import { type CallHold, unused } from './holds/hold.ts'
import { toCallLogFields, toUsageLogFields } from './log-fields.ts'
import { createMeter, type Meter } from './meter.ts'
import { createTriedTargets, type TriedTargets } from './tried-targets.ts'

/** A call that is admitted and has a route. */
export interface MeteredCall {
  readonly request: Request
  readonly user: User
  readonly call: Call
  readonly route: Route
  readonly ledger: Ledger
  /** All that the call holds: a place, points, parts of quotas. It is settled when the call ends, whatever its outcome. */
  readonly hold?: CallHold | undefined
  /** The check of its texts, whose verdict is recorded. */
  readonly guard?: Pick<CallGuard, 'getNote'> | undefined
}

/** The accounting of one call, from before its provider is called to the end of the reply. */
export interface Metering {
  /** Aborts when the provider's response is no longer needed: the client left, or the ledger's entry cannot be
   *  opened. A whole response has some seconds more when its client left, because the provider bills it. */
  readonly signal: CancelSignal
  /** Counts text of the response. */
  readonly onText: (text: string) => void
  /** Notes an attempt at one of several targets. The last one is the target that responded. */
  readonly onAttempt: (target: Target, attempt: TargetAttempt) => void
  /** Calls the provider, and waits until its response has begun and the ledger's entry is durable, both at once; one after the other
   *  if the store is in doubt. If the response fails before that, it is recorded with the usage in the error. Without one, the text
   *  received so far is estimated.
   *  @throws usage_unavailable (503), and every error of `callProvider` */
  readonly begin: <Response>(callProvider: () => Promise<Response>) => Promise<Response>
  /** Records how the response ended; if the client of a whole response has left, that is its outcome. Resolves with the usage that
   *  counts: the provider's, zero included. Without one, text that was received is estimated, or the prompt of a call that has no
   *  output. If no text was received, there is no record. */
  readonly settle: (outcome: Outcome, usage: Usage | undefined, units?: OtherUnits) => Promise<Settled>
}

/** The result of a call that has ended. */
export interface Settled {
  /** The usage that counts. */
  readonly counted: Usage
  /** The points charged to the user's wallet; undefined if none were, or not yet. */
  readonly receipt: Receipt | undefined
}

/** How long a whole response may still take when its client has left, in milliseconds. The provider bills it, so its usage is worth
 *  the wait; but the platform may stop the instance at any time then. */
const maxWholeWaitMs = 5_000

/** Opens the ledger's entry for a call. */
export const meterCall = (metered: MeteredCall): Metering => {
  const { request, call, ledger, hold, guard } = metered
  const meter = createMeter(call)
  const signal = createLinkedCancellation(request.signal, call.stream ? 0 : maxWholeWaitMs)
  const entry = ledger.open(toOpening(metered, meter.promptTokens))
  request.annotate(toCallLogFields(metered))
  const tried = createTriedTargets(request.annotate)

  const settleWith = (ending: Ending): Promise<Settled> =>
    record({ annotate: request.annotate, meter, entry, tried, hold, guard }, ending)
  return {
    signal,
    onText: meter.onText,
    onAttempt: tried.onAttempt,
    begin: async (callProvider) => {
      try {
        if (entry.opensFirst) await entry.opened
        if (request.signal.aborted) throw clientGoneError()
        const [response] = await Promise.all([callProvider(), entry.opened])
        if (call.stream) entry.startProgress(meter.outputTokens, tried.toTried())
        return response
      } catch (error) {
        signal.abort()
        const outcome = getFailureOutcome(error)
        const isPaid = !call.stream && mayBeBilled(error)
        if (outcome) await settleWith({ outcome, reported: getFailureUsage(error), isPaid })
        else await Promise.all([entry.cancel(), hold?.settle(unused)])
        throw error
      }
    },
    settle: (outcome, reported, units) => {
      const isGone = !call.stream && request.signal.aborted
      return settleWith({
        outcome: isGone ? 'client_gone' : outcome,
        reported,
        units,
        isPaid: call.estimatePrompt !== undefined || outcome === 'filtered',
      })
    },
  }
}

interface OpenRecord {
  readonly annotate: Request['annotate']
  readonly meter: Meter
  readonly entry: LedgerEntry
  readonly tried: TriedTargets
  readonly hold: CallHold | undefined
  readonly guard: MeteredCall['guard']
}

/** The end of a call. */
interface Ending {
  readonly outcome: Outcome
  /** The usage that the provider stated. */
  readonly reported: Usage | undefined
  /** Whether the provider may bill the call although no text of it was received. The estimated prompt is charged then. */
  readonly isPaid: boolean
  /** Units that the provider bills beside tokens. */
  readonly units?: OtherUnits | undefined
}

/** Closes the ledger's entry and adds the result to the request's log line. */
const record = async (
  { annotate, meter, entry, tried, hold, guard }: OpenRecord,
  { outcome, reported, isPaid, units }: Ending,
): Promise<Settled> => {
  const times = meter.readTimes()
  const safety = guard?.getNote()
  annotate({ outcome, ttft_ms: times.ttftMs, ...(safety && { safety: safety.verdict, safety_label: safety.label }) })
  const estimated = reported === undefined || hasOnlyTotal(reported)
  if (!reported && meter.outputTokens() === 0 && !isPaid) {
    const [receipt] = await Promise.all([hold?.settle(unused), entry.cancel()])
    return { counted: toUsage(0, 0), receipt }
  }
  const usage = countUsage(meter, reported, outcome)
  const { latencyMs, ttftMs } = times
  const { target, attempts } = tried.toTried()
  const closing = { outcome, usage, estimated, units, safety, latencyMs, ttftMs, target, attempts }
  const { receipt, points } = await chargeAndClose({ entry, hold }, closing)
  annotate({ ...toUsageLogFields(usage), estimated, points })
  return { counted: usage, receipt }
}

/** Charges a call and closes its entry, both at once. A call that costs more than it held is charged first, because its
 *  record names the points that the wallet did not have. */
const chargeAndClose = async ({ entry, hold }: Pick<OpenRecord, 'entry' | 'hold'>, closing: Closing) => {
  const charge = entry.getCharge(closing)
  const { points } = charge
  const charging = hold?.settle({ points, tokens: closing.usage.total_tokens, outcome: closing.outcome })
  const charged = hold?.points !== undefined && points > hold.points ? (await charging)?.charged : undefined
  const shortfall = charged !== undefined && charged < points ? points - charged : undefined
  const [receipt] = await Promise.all([charging, entry.close({ ...closing, shortfall }, charge)])
  return { receipt, points }
}

/** The usage that counts: the provider's, of which a mere total is split by the text of the response; without one, an
 *  estimate. */
const countUsage = (meter: Meter, reported: Usage | undefined, outcome: Outcome): Usage => {
  if (!reported) return toUsage(meter.promptTokens(), meter.outputTokens())
  // Of a stopped answer, the part that was sent counts.
  if (outcome === 'filtered')
    return toUsage(reported.prompt_tokens, Math.min(reported.completion_tokens, meter.outputTokens()))
  return hasOnlyTotal(reported) ? splitTotal(reported, meter.outputTokens()) : reported
}

/** Returns the outcome of a response that failed before it began for the client. Returns undefined if the response was
 *  withheld because it could not be recorded: the user owes nothing for that. */
const getFailureOutcome = (error: unknown): Outcome | undefined => {
  const { code, options } = isGatewayError(error) ? error : {}
  if (options?.outcome) return options.outcome
  return code === 'usage_unavailable' || code === 'gateway_misconfigured' ? undefined : toOutcome(code)
}

const mayBeBilled = (error: unknown): boolean => isGatewayError(error) && error.options.mayBeBilled === true

const getFailureUsage = (error: unknown): Usage | undefined => (isGatewayError(error) ? error.options.usage : undefined)

const toOpening = ({ request, user, call, route }: MeteredCall, promptTokens: () => number): Opening => {
  const clientRequestId = request.headers['x-request-id']
  return {
    requestId: request.id,
    userId: user.id,
    keyId: user.key?.id,
    model: call.model,
    upstreamModel: route.targets[0].upstreamModel,
    provider: route.targets[0].provider,
    endpoint: call.endpoint ?? call.operation,
    stream: call.stream,
    clientRequestId: typeof clientRequestId === 'string' ? clientRequestId.slice(0, 128) : undefined,
    prices: route.prices,
    promptTokens,
  }
}
