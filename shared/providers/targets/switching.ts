import type { TargetAttempt } from '../../protocol/attempt.ts'
import type { Call } from '../../protocol/call.ts'
import { isGatewayError } from '../../protocol/errors.ts'
import type { Route, Target } from '../../protocol/route.ts'
import type { CancelSignal } from '../../runtime/cancellation.ts'
import type { Log } from '../../runtime/log.ts'
import { unavailableError } from '../errors/upstream-errors.ts'
import type { WholeExchange } from '../response/json-response.ts'
import type { StreamExchange } from '../response/stream-result.ts'
import { waitUnlessCancelled } from '../transport/wait.ts'
import { hashConversation } from './affinity.ts'
import { judgeFailure, type Verdict } from './judge-failure.ts'
import { orderTargets } from './order.ts'
import { Rests } from './rests.ts'

/** A call, and what its switching needs. */
export interface SwitchOptions {
  readonly call: Call
  /** Null: authentication is off. */
  readonly userId: string | null
  /** Aborts when the client disconnects. No other target is tried then. */
  readonly clientSignal: CancelSignal
  /** Called when an attempt has failed, or when its response has begun. */
  readonly onAttempt: (target: Target, attempt: TargetAttempt) => void
  /** Whether text of a response has come. No other target is tried then: two answers would be mixed, and both billed. */
  readonly hasText: () => boolean
}

/** The response of a target. */
type TargetResponse = WholeExchange | StreamExchange

/** Tries the targets of a route one after another and resolves with the first response.
 *  @throws upstream_unavailable (503, with `retry-after`) if all targets rest; the error of the last attempt otherwise */
export type SwitchTargets = (
  route: Route,
  options: SwitchOptions,
  call: (target: Target) => Promise<TargetResponse>,
) => Promise<TargetResponse>

/** The options of {@link createSwitching}. */
export interface SwitchingOptions {
  /** The time after which no other attempt begins, in milliseconds. */
  readonly maxSwitchMs: number
  readonly log: Log
  /** Milliseconds since 1970. */
  readonly now?: () => number
}

/** Creates the switching over the targets of routes, with the rests of this instance. Import this file with
 *  `await import()` only, so that there is one. */
export const createSwitching = ({ maxSwitchMs, log, now = Date.now }: SwitchingOptions): SwitchTargets => {
  const rests = new Rests({
    now,
    onRest: ({ name: target }, { reason, until }) =>
      log('warn', 'target_rests', { target, reason, seconds: Math.ceil((until - now()) / 1_000) }),
    onReturn: ({ name: target }) => log('info', 'target_returns', { target }),
  })
  return async (route, options, call) => {
    const order = orderTargets(route, hashConversation(options))
    const endsAt = performance.now() + maxSwitchMs
    const mustEnd = (): boolean => options.hasText() || options.clientSignal.aborted || performance.now() > endsAt
    let failure: FailedAttempt | undefined
    let mayBeBilled = false
    for await (const target of findCandidates(order, rests, options.clientSignal)) {
      const result = await tryTarget(target, { rests, options, call })
      if (!('thrown' in result)) return result
      failure = result
      mayBeBilled ||= result.mayBeBilled
      if (!result.switches || mustEnd()) throw result.thrown
    }
    const waitMs = rests.getWaitMs(order)
    throw failure && waitMs === 0 ? failure.thrown : unavailableError(waitMs, mayBeBilled)
  }
}

/** Longest wait for a target when all rest, in milliseconds. */
const maxWaitMs = 1_000

/** Finds the targets to try: each once, the preferred first. If all rest and one is free within a second, that one
 *  follows. */
async function* findCandidates(order: readonly Target[], rests: Rests, signal: CancelSignal): AsyncGenerator<Target> {
  const untried = new Set(order)
  const pick = (): Target | undefined => rests.pick([...untried])
  for (let target = pick(); target; target = pick()) {
    untried.delete(target)
    yield target
  }
  const waitMs = rests.getWaitMs(order)
  if (waitMs === 0 || waitMs > maxWaitMs) return
  await waitUnlessCancelled(waitMs, signal)
  const again = pick() ?? rests.pick(order)
  if (again) yield again
}

interface FailedAttempt extends Verdict {
  readonly thrown: unknown
}

interface AttemptContext {
  readonly rests: Rests
  readonly options: SwitchOptions
  readonly call: (target: Target) => Promise<TargetResponse>
}

/** Calls one target, and reports the result to the rests and to the caller. */
const tryTarget = async (
  target: Target,
  { rests, options, call }: AttemptContext,
): Promise<TargetResponse | FailedAttempt> => {
  const begunAt = performance.now()
  const report = (status: number | null, error: string | null): void =>
    options.onAttempt(target, { target: target.name, status, error, ms: Math.round(performance.now() - begunAt) })
  const end = rests.begin(target)
  try {
    const response = await call(target)
    end('works')
    report(200, null)
    return watchEnd(response, target, rests)
  } catch (thrown) {
    const verdict = judgeFailure(thrown, target)
    end(verdict.failure ?? 'unknown')
    report(...describeFailure(thrown))
    return { ...verdict, thrown }
  }
}

/** The status of the provider's response, and the code of our error. */
const describeFailure = (thrown: unknown): [status: number | null, code: string] => {
  if (!isGatewayError(thrown)) return [null, 'internal_error']
  const { upstream_status: status } = thrown.options.log ?? {}
  return [typeof status === 'number' ? status : null, thrown.code]
}

/** A stream that the provider breaks off counts as a failure of its target, although no other can be tried. */
const watchEnd = (response: TargetResponse, target: Target, rests: Rests): TargetResponse => {
  if (response.kind === 'whole') return response
  return {
    kind: 'stream',
    pipeTo: async (client, onWrite) => {
      const result = await response.pipeTo(client, onWrite)
      const failure = result.error && judgeFailure(result.error, target).failure
      if (failure) rests.addFailure(target, failure)
      return result
    },
  }
}
