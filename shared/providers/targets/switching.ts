import { GatewayError, isGatewayError } from '../../protocol/errors.ts'
import type { Route, Target } from '../../protocol/route.ts'
import type { Log } from '../../runtime/log.ts'
import { unavailableError } from '../errors/upstream-errors.ts'
import { waitUnlessCancelled } from '../transport/wait.ts'
import { hashConversation } from './affinity.ts'
import { type Candidates, createCandidates } from './order.ts'
import { Rests } from './rests.ts'
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

/** Tries the targets of a route one after another and resolves with the first response.
 *  @throws upstream_unavailable (503, with `retry-after`) if all targets rest; the error of the last attempt otherwise */
export type SwitchTargets = (
  route: Route,
  options: SwitchOptions,
  call: (target: Target) => Promise<TargetResponse>,
) => Promise<TargetResponse>

/** What targets need of the world outside. */
export interface TargetsOptions extends RestStore {
  readonly acquire: AcquireSlot
  readonly log: Log
}

/** The options of {@link createSwitching}. */
export interface SwitchingOptions extends TargetsOptions {
  /** The time after which no other attempt begins, in milliseconds. */
  readonly maxSwitchMs: number
  /** Milliseconds since 1970. */
  readonly now?: () => number
}

/** Creates the switching over the targets of routes, with the rests of this instance. Import this file with
 *  `await import()` only, so that there is one. */
export const createSwitching = (switching: SwitchingOptions): SwitchTargets => {
  const { maxSwitchMs, log, acquire, now = Date.now } = switching
  const rests = new Rests({
    now,
    onRest: ({ name: target }, rest) => {
      log('warn', 'target_rests', { target, reason: rest.reason, seconds: Math.ceil((rest.until - now()) / 1_000) })
      shared.publish(rest)
    },
    onReturn: ({ name: target }, rest) => {
      log('info', 'target_returns', { target })
      shared.withdraw(rest)
    },
  })
  const shared = createSharedRests(switching, rests, now)
  return async (route, options, call) => {
    const takeSlot = createTakeSlot(acquire, options.signal)
    const context: AttemptContext = { rests, options, call, takeSlot }
    if (route.targets.length === 1) return callOnly(route.targets[0], context)
    shared.refresh()
    return callInTurn(createCandidates(route, hashConversation(options)), context, performance.now() + maxSwitchMs)
  }
}

/** Calls one target after another until one responds.
 *  @param endsAt the time after which no other attempt begins, on the clock of `performance.now()` */
const callInTurn = async (candidates: Candidates, context: AttemptContext, endsAt: number): Promise<TargetResponse> => {
  const { rests, options } = context
  const mustEnd = (): boolean => options.hasText() || options.clientSignal.aborted || performance.now() > endsAt
  let failure: FailedAttempt | undefined
  let mayBeBilled = false
  const tryEach = async (targets: Iterable<Target>): Promise<TargetResponse | undefined> => {
    for (const target of targets) {
      const result = await tryTarget(target, context)
      if (result === 'full') continue
      if (!('thrown' in result)) return result
      failure = result
      mayBeBilled ||= result.mayBeBilled
      if (!result.switches || mustEnd()) throw forbidRepeats(result.thrown, mayBeBilled)
      if (result.isTooLong) deleteModel(candidates.getUntried(), target)
    }
    return undefined
  }
  const response =
    (await tryEach(takeEach(candidates, context))) ?? (await tryEach(await waitForOne(candidates, context)))
  if (response) return response
  const waitMs = rests.getWaitMs(candidates.getOrder())
  throw failure && waitMs === 0 ? forbidRepeats(failure.thrown, mayBeBilled) : unavailableError(waitMs, mayBeBilled)
}

/** A client must not repeat by itself a call of which an earlier attempt may be billed, whatever the last one returned. */
const forbidRepeats = (thrown: unknown, mayBeBilled: boolean): unknown => {
  if (!mayBeBilled || !isGatewayError(thrown)) return thrown
  const headers = { ...thrown.options.headers, 'x-should-retry': 'false' }
  return new GatewayError(thrown.status, thrown.code, thrown.message, { ...thrown.options, headers })
}

/** A prompt too long for a model is too long for its other keys. */
const deleteModel = (targets: Set<Target>, { upstreamModel }: Target): void => {
  for (const target of targets) if (target.upstreamModel === upstreamModel) targets.delete(target)
}

/** Takes one target after another, the preferred first, until none is left that may be tried. The last may be one that
 *  rests. */
function* takeEach({ getFirst, getUntried }: Candidates, { rests, options }: AttemptContext): Generator<Target> {
  if (rests.areNone) {
    const first = getFirst()
    yield first
    getUntried().delete(first)
  }
  const untried = getUntried()
  for (let target = rests.pick([...untried]); target; target = rests.pick([...untried])) {
    untried.delete(target)
    yield target
  }
  const early = rests.takeEarly(options.call.model, [...untried])
  if (early) yield early
}

/** Longest wait for a target when all rest, in milliseconds. */
const maxRestWaitMs = 1_000

/** Waits for the target that is free soonest, if all rest and it is free within a second. */
const waitForOne = async (
  { getOrder, getUntried }: Candidates,
  { rests, options }: AttemptContext,
): Promise<readonly Target[]> => {
  const order = getOrder()
  const waitMs = rests.getWaitMs(order)
  if (waitMs === 0 || waitMs > maxRestWaitMs) return []
  await waitUnlessCancelled(waitMs, options.clientSignal)
  const target = rests.pick([...getUntried()]) ?? rests.pick(order)
  return target ? [target] : []
}
