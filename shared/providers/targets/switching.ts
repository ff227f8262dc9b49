import type { TargetAttempt } from '../../protocol/attempt.ts'
import type { Call } from '../../protocol/call.ts'
import { GatewayError, isGatewayError } from '../../protocol/errors.ts'
import type { Route, Target } from '../../protocol/route.ts'
import type { CancelSignal } from '../../runtime/cancellation.ts'
import type { Log } from '../../runtime/log.ts'
import { unavailableError } from '../errors/upstream-errors.ts'
import type { WholeExchange } from '../response/json-response.ts'
import type { StreamExchange } from '../response/stream-result.ts'
import { waitUnlessCancelled } from '../transport/wait.ts'
import { hashConversation } from './affinity.ts'
import { judgeAttempt, type Verdict } from './judge-attempt.ts'
import { type Candidates, createCandidates } from './order.ts'
import { Rests } from './rests.ts'
import { createSharedRests, type RestStore } from './shared-rests.ts'
import { type AcquireSlot, createTakeSlot, type ReleaseSlot } from './slots.ts'

/** A call, and what its switching needs. */
export interface SwitchOptions {
  readonly call: Call
  /** Null: authentication is off. */
  readonly userId: string | null
  /** Aborts when the response is no longer needed. */
  readonly signal: CancelSignal
  /** Aborts when the client disconnects. No other target is tried then. */
  readonly clientSignal: CancelSignal
  /** Called when an attempt has failed, or when its response has begun. */
  readonly onAttempt: (target: Target, attempt: TargetAttempt) => void
  /** Whether text of a response has come. No other target is tried then: two responses would be mixed, and both billed. */
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
    onReturn: ({ name: target }) => log('info', 'target_returns', { target }),
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
    (await tryEach(takeEach(candidates, rests))) ?? (await tryEach(await waitForOne(candidates, context)))
  if (response) return response
  const waitMs = rests.getWaitMs(candidates.getOrder())
  throw failure && waitMs === 0 ? forbidRepeats(failure.thrown, mayBeBilled) : unavailableError(waitMs, mayBeBilled)
}

/** A client must not repeat by itself a call of which an earlier attempt may be billed, whatever the last one says. */
const forbidRepeats = (thrown: unknown, mayBeBilled: boolean): unknown => {
  if (!mayBeBilled || !isGatewayError(thrown)) return thrown
  const headers = { ...thrown.options.headers, 'x-should-retry': 'false' }
  return new GatewayError(thrown.status, thrown.code, thrown.message, { ...thrown.options, headers })
}

/** What is too long for a model is too long for its other keys. */
const deleteModel = (targets: Set<Target>, { upstreamModel }: Target): void => {
  for (const target of targets) if (target.upstreamModel === upstreamModel) targets.delete(target)
}

/** Takes one target after another, the preferred first, until none is left that may be tried. */
function* takeEach({ getFirst, getUntried }: Candidates, rests: Rests): Generator<Target> {
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

interface FailedAttempt extends Verdict {
  readonly thrown: unknown
}

interface AttemptContext {
  readonly rests: Rests
  readonly options: SwitchOptions
  readonly call: (target: Target) => Promise<TargetResponse>
  readonly takeSlot: (target: Target) => Promise<ReleaseSlot | undefined>
}

/** Calls the only target of a route, which has `max_concurrency`.
 *  @throws upstream_unavailable (503) if all its places are taken */
const callOnly = async (target: Target, { call, takeSlot }: AttemptContext): Promise<TargetResponse> => {
  const release = await takeSlot(target)
  if (!release) throw unavailableError(0, false)
  try {
    return await watchEnd(await call(target), release)
  } catch (thrown) {
    await release()
    throw thrown
  }
}

/** Calls one target, and reports the result to the rests and to the caller. Resolves with `full` if all places of the
 *  target are taken. */
const tryTarget = async (
  target: Target,
  { rests, options, call, takeSlot }: AttemptContext,
): Promise<TargetResponse | FailedAttempt | 'full'> => {
  const release = await takeSlot(target)
  if (!release) return 'full'
  const begunAt = performance.now()
  const report = (status: number | null, error: string | null): void =>
    options.onAttempt(target, { target: target.name, status, error, ms: Math.round(performance.now() - begunAt) })
  const end = rests.begin(target)
  try {
    const response = await call(target)
    end('works')
    report(200, null)
    return await watchEnd(response, release, (error) => {
      const { failure } = judgeAttempt(error, target)
      if (failure) rests.addFailure(target, failure)
    })
  } catch (thrown) {
    const verdict = judgeAttempt(thrown, target)
    end(verdict.failure ?? 'unknown')
    report(...describeFailure(thrown))
    await release()
    return { ...verdict, thrown }
  }
}

/** The status of the provider's response, and the code of our error. */
const describeFailure = (thrown: unknown): [status: number | null, code: string] => {
  if (!isGatewayError(thrown)) return [null, 'internal_error']
  const { upstream_status: status } = thrown.options.log ?? {}
  return [typeof status === 'number' ? status : null, thrown.code]
}

/** Gives the place of a response back when it is over. A stream that the provider breaks off counts as a failure of its
 *  target, although no other can be tried. */
const watchEnd = async (
  response: TargetResponse,
  release: ReleaseSlot,
  onError: (error: GatewayError) => void = () => undefined,
): Promise<TargetResponse> => {
  if (response.kind === 'whole') {
    await release()
    return response
  }
  return {
    kind: 'stream',
    pipeTo: async (client, onWrite) => {
      try {
        const result = await response.pipeTo(client, onWrite)
        if (result.error) onError(result.error)
        return result
      } finally {
        await release()
      }
    },
  }
}
