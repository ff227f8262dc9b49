import type { Target } from '../../protocol/route.ts'
import { createFailureShare, type FailureShare } from './failure-share.ts'
import { brief, type RestReason, restRules } from './rest-rules.ts'
import { getTargetId } from './target-id.ts'

/** A target that gets no requests for a while. */
export interface Rest {
  /** The result of {@link getTargetId}. */
  readonly id: string
  readonly reason: RestReason
  /** Milliseconds since 1970. */
  readonly until: number
}

/** The failure of an attempt, as far as it concerns the target. */
export interface TargetFailure {
  readonly reason: RestReason
  /** How long the provider asks to wait, in milliseconds; undefined: it names no time. */
  readonly waitMs?: number | undefined
}

/** The result of an attempt; `unknown` if it proves nothing about the target. */
export type AttemptResult = TargetFailure | 'works' | 'unknown'

/** The options of {@link Rests}. */
export interface RestsOptions {
  /** Called when this instance begins or prolongs a rest. */
  readonly onRest: (target: Target, rest: Rest) => void
  /** Called when a target works again after a rest. */
  readonly onReturn: (target: Target) => void
  /** Milliseconds since 1970. */
  readonly now: () => number
}

/** The state of a target that has failed. */
interface TargetState {
  rest: Rest | undefined
  /** Whether the provider said when to come back. An earlier try gains nothing then. */
  isTold: boolean
  /** Rests since the last success. */
  strikes: number
  /** Whether a request is finding out whether the target works again. */
  isProbed: boolean
  readonly share: FailureShare
}

/** The least change of a rest that is reported, in milliseconds. */
const minProlongedMs = 1_000

/** The rests of the targets of an instance. A rest concerns one key and one model. It ends by itself: then the next
 *  request that prefers the target finds out whether it works, and the others go elsewhere meanwhile. */
export class Rests {
  private readonly options: RestsOptions
  private readonly states = new Map<string, TargetState>()
  /** The last rest of each target that a success ended. The shared store holds it until its time is over. */
  private readonly ended = new Map<string, Rest>()

  constructor(options: RestsOptions) {
    this.options = options
  }

  /** Whether no target has failed lately, so that each may be tried. */
  get areNone(): boolean {
    return this.states.size === 0
  }

  /** Picks the target to try next: the first that does not rest; else one that another request is testing; else, of those
   *  whose rest is a guess of ours, the one that is free soonest. Returns undefined if there is none. */
  pick(targets: readonly Target[]): Target | undefined {
    if (this.areNone) return targets[0]
    const now = this.options.now()
    const awake = targets.filter((target) => this.getUntil(target) <= now)
    const free = awake.find((target) => !this.find(target)?.isProbed) ?? awake[0]
    if (free) return free
    const [soonest] = targets
      .filter((target) => mayTryEarly(this.find(target)))
      .sort((one, other) => this.getUntil(one) - this.getUntil(other))
    return soonest
  }

  /** Begins an attempt. Returns the function that takes its result. */
  begin(target: Target): (result: AttemptResult) => void {
    const state = this.find(target)
    const tested = state?.rest
    if (state && tested) state.isProbed = true
    return (result) => {
      if (state) state.isProbed = false
      if (result === 'works') this.addSuccess(target, tested)
      else if (result !== 'unknown') this.addFailure(target, result)
    }
  }

  /** Counts a failure, also one that came after the beginning of the response. */
  addFailure(target: Target, failure: TargetFailure): void {
    const { now, onRest } = this.options
    const id = getTargetId(target)
    const state = this.getState(id)
    const isTooMany = state.share.addFailure()
    if (restRules[failure.reason].byShare && !isTooMany && !state.rest) return
    const before = state.rest?.until ?? 0
    const isAwake = before <= now()
    const until = now() + getRestMs(failure, isAwake ? state.strikes : state.strikes - 1)
    if (isAwake) state.strikes += 1
    if (until <= before) return
    state.rest = { id, reason: failure.reason, until }
    state.isTold = failure.waitMs !== undefined
    if (until >= before + minProlongedMs) onRest(target, state.rest)
  }

  /** The time until one of these targets is free, in milliseconds; 0 if one is. */
  getWaitMs(targets: readonly Target[]): number {
    const soonest = Math.min(...targets.map((target) => this.getUntil(target)))
    return Math.max(0, soonest - this.options.now())
  }

  /** Takes over rests that other instances have found. A rest that a success has ended here stays ended. */
  learn(rests: readonly Rest[]): void {
    for (const rest of rests) {
      if (isSameOrEarlier(rest, this.ended.get(rest.id))) continue
      if (rest.until <= Math.max(this.options.now(), this.states.get(rest.id)?.rest?.until ?? 0)) continue
      const state = this.getState(rest.id)
      state.rest = rest
      state.isTold = false
      state.strikes = Math.max(state.strikes, 1)
    }
  }

  /** @param tested the rest that the target had when the attempt began. An attempt from before a rest does not end it. */
  private addSuccess(target: Target, tested: Rest | undefined): void {
    const state = this.find(target)
    if (!state) return
    state.share.addSuccess()
    if (state.rest !== tested) return
    if (tested) {
      this.ended.set(tested.id, tested)
      this.options.onReturn(target)
    }
    if (tested || !state.share.hasFailures()) this.states.delete(getTargetId(target))
  }

  private find(target: Target): TargetState | undefined {
    return this.states.get(getTargetId(target))
  }

  private getUntil(target: Target): number {
    return this.find(target)?.rest?.until ?? 0
  }

  private getState(id: string): TargetState {
    const state = this.states.get(id) ?? createState(this.options.now)
    this.states.set(id, state)
    return state
  }
}

/** Whether a stored rest is the one that has ended, or an earlier one for the same reason. The store keeps whole milliseconds. */
const isSameOrEarlier = ({ reason, until }: Rest, ended: Rest | undefined): boolean =>
  reason === ended?.reason && until <= Math.round(ended.until)

const createState = (now: () => number): TargetState => ({
  rest: undefined,
  isTold: false,
  strikes: 0,
  isProbed: false,
  share: createFailureShare(now),
})

/** How long a target rests, in milliseconds: as long as the provider asks, and for a refused key or an empty account at
 *  least as long as we guess. A guess doubles with each rest in a row. */
const getRestMs = ({ reason, waitMs }: TargetFailure, strikes: number): number => {
  const { firstMs, maxMs } = restRules[reason]
  const guessedMs = Math.min(firstMs * 2 ** Math.max(0, strikes), maxMs)
  if (waitMs === undefined) return guessedMs
  return firstMs > brief.firstMs ? Math.max(waitMs, guessedMs) : waitMs
}

const mayTryEarly = (state: TargetState | undefined): boolean =>
  state?.rest !== undefined && !state.isTold && !state.isProbed && restRules[state.rest.reason].early === true
