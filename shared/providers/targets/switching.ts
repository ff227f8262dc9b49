import type { Call } from '../../protocol/call.ts'
import { GatewayError, isGatewayError } from '../../protocol/errors.ts'
import type { Route, Target } from '../../protocol/route.ts'
import type { Log } from '../../runtime/log.ts'
import { unavailableError } from '../errors/upstream-errors.ts'
import { hashConversation } from './affinity.ts'
import { Candidates } from './candidates.ts'
import { Rests, type RestsOptions } from './rests.ts'
import { createSharedRests, type RestStore } from './shared-rests.ts'
import { type AcquireSlot, createTakeSlot } from './slots.ts'
import {
  type AttemptContext,
  callOnly,
  type FailedAttempt,
  type SwitchOptions,
  type TargetResponse,
  tryTarget,
} from './try-target.ts'

/** A call that one of several targets will serve. */
export interface SwitchedCall {
  readonly call: Call
  readonly options: Omit<SwitchOptions, 'call' | 'hasText'> & { readonly onText: OnText }
  /** Sends the call to a target. */
  readonly send: (target: Target, onText: OnText) => Promise<TargetResponse>
}

/** Called with all text of the response, whole or piece by piece. */
type OnText = (text: string) => void

/** Tries the targets of a route one after another and resolves with the first response.
 *  @throws upstream_unavailable (503, with `retry-after`) if all targets rest; the error of the last attempt otherwise */
export type SwitchTargets = (route: Route, switched: SwitchedCall) => Promise<TargetResponse>

/** What targets need of the world outside. */
export interface TargetsOptions extends RestStore {
  readonly acquire: AcquireSlot
  readonly log: Log
  /** Called with each rest; undefined: none is of interest. The only target of a route gets requests even while it rests. */
  readonly noteRest?: RestsOptions['onRest']
}

/** Creates the switching over the targets of routes, with the rests of this instance. Import this file with
 *  `await import()` only, so that there is one.
 *  @param maxSwitchMs the time after which no other attempt begins, in milliseconds
 *  @param now milliseconds since 1970 */
export const createSwitching = (targets: TargetsOptions, maxSwitchMs: number, now = Date.now): SwitchTargets => {
  const { log, acquire, noteRest = ignore } = targets
  const rests = new Rests({
    now,
    onRest: (resting, rest, since) => {
      const { name: target } = resting
      log('warn', 'target_rests', { target, reason: rest.reason, seconds: Math.ceil((rest.until - now()) / 1_000) })
      shared.publish(rest)
      noteRest(resting, rest, since)
    },
    onReturn: ({ name: target }, rest) => {
      log('info', 'target_returns', { target })
      shared.withdraw(rest)
    },
  })
  const shared = createSharedRests(targets, rests, now)
  const onlyTargets = new Rests({ now, onRest: noteRest, onReturn: ignore })
  return (route, switched) => {
    const { options, call } = watchText(switched)
    const takeSlot = createTakeSlot(acquire, options)
    if (route.targets.length === 1) return callOnly(route.targets[0], { rests: onlyTargets, options, call, takeSlot })
    shared.refresh()
    const candidates = new Candidates(route, hashConversation(options), rests)
    return callInTurn(candidates, { rests, options, call, takeSlot }, performance.now() + maxSwitchMs)
  }
}

/** Notes whether text of a response has come. */
const watchText = ({ call, options, send }: SwitchedCall): Pick<AttemptContext, 'options' | 'call'> => {
  const { userId, signal, clientSignal, onAttempt } = options
  let hasText = false
  const onText = (text: string): void => {
    hasText ||= text !== ''
    options.onText(text)
  }
  return {
    options: { call, userId, signal, clientSignal, onAttempt, hasText: () => hasText },
    call: (target) => send(target, onText),
  }
}

const ignore = (): void => undefined

/** Calls one target after another until one responds.
 *  @param endsAt the time after which no other attempt begins, on the clock of `performance.now()` */
const callInTurn = async (candidates: Candidates, context: AttemptContext, endsAt: number): Promise<TargetResponse> => {
  const { options } = context
  let failure: FailedAttempt | undefined
  let mayBeBilled = false
  for (;;) {
    const target = candidates.takeNext() ?? (await candidates.waitForOne(options.clientSignal))
    if (!target) break
    const result = await tryTarget(target, context)
    if (result === 'full') continue
    if (!('thrown' in result)) return result
    failure = chooseFailure(failure, result)
    mayBeBilled ||= result.mayBeBilled
    if (!result.switches || mustEnd(options, endsAt)) throw forbidRepeats(failure.thrown, mayBeBilled)
    noteFailure(candidates, target, result)
  }
  const waitMs = candidates.getWaitMs()
  throw failure && waitMs === 0 ? forbidRepeats(failure.thrown, mayBeBilled) : unavailableError(waitMs, mayBeBilled)
}

/** Notes for the next choice that a target has failed. */
const noteFailure = (candidates: Candidates, target: Target, failed: FailedAttempt): void => {
  candidates.noteFailure(target)
  if (isUnable(failed)) candidates.leaveOut(target)
  if (failed.isTooLong) candidates.leaveOutModel(target)
}

/** What one target cannot do is the reason for the client only if no other has failed to do it. */
const chooseFailure = (earlier: FailedAttempt | undefined, last: FailedAttempt): FailedAttempt =>
  earlier && isUnable(last) ? earlier : last

/** Whether the target cannot do such a request, and was not called. */
const isUnable = ({ thrown }: FailedAttempt): boolean => isGatewayError(thrown) && thrown.options.isUnable === true

/** Whether no other attempt may begin: text has come, the client has left, or too much time is over. */
const mustEnd = ({ hasText, clientSignal }: SwitchOptions, endsAt: number): boolean =>
  hasText() || clientSignal.aborted || performance.now() > endsAt

/** A client must not repeat by itself a call of which an earlier attempt may be billed, whatever the last one returned. */
const forbidRepeats = (thrown: unknown, mayBeBilled: boolean): unknown => {
  if (!mayBeBilled || !isGatewayError(thrown)) return thrown
  const headers = { ...thrown.options.headers, 'x-should-retry': 'false' }
  return new GatewayError(thrown.status, thrown.code, thrown.message, { ...thrown.options, headers })
}
