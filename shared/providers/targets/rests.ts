import type { Target } from '../../protocol/route.ts'
import { createFailureShare, type FailureShare } from './failure-share.ts'
import { brief, type RestReason, restRules } from './rest-rules.ts'
import { getTargetId } from './target-id.ts'

/** A target that gets no requests for a while. */
export interface Rest {
  /** The result of {@link getTargetId}. */
  readonly id: string
  readonly reason: RestReason
  /** Whether the provider said when to come back. An earlier try gains nothing then. */
  readonly isTold: boolean
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
  /** Called when this instance begins or prolongs a rest.
   *  @param since when the target failed first without a success after it, in milliseconds since 1970 */
  readonly onRest: (target: Target, rest: Rest, since: number) => void
  /** Called when a target works again after a rest, or before the rest is over. */
  readonly onReturn: (target: Target, rest: Rest) => void
  /** Milliseconds since 1970. */
  readonly now: () => number
}

/** The state of a target that has failed. */
interface TargetState {
  rest: Rest | undefined
  /** When the first of the rests without a success between them began. */
  since: number
  /** The rest that was reported last. */
  reported: Rest | undefined
  /** Whether another instance found the rest. */
  isLearned: boolean
  /** Rests since the last success. */
  strikes: number
  /** Whether a request is finding out whether the target works again. */
  isProbed: boolean
  readonly share: FailureShare
}

/** The least change of a rest that is reported, in milliseconds. */
const minProlongedMs = 1_000

/** Rests that lie further apart do not count as one failure, in milliseconds: nothing tried the target between them. */
const maxGapMs = 120_000

/** The rests of the targets of an instance. A rest concerns one key and one model. It ends by itself: then the next
 *  request that prefers the target finds out whether it works, and the others go elsewhere meanwhile. */
export class Rests {
  private readonly options: RestsOptions
  private readonly states = new Map<string, TargetState>()
  /** When the targets of a model may be tried again before their time. */
  private readonly earlyAt = new Map<string, number>()

  constructor(options: RestsOptions) {
    this.options = options
  }

  /** Whether no target has failed lately, so that each may be tried. */
  get areNone(): boolean {
    return this.states.size === 0
  }

  /** Picks the target to try next: the first that does not rest; else one that another request is testing. Returns
   *  undefined if there is none. */
  pick(targets: readonly Target[]): Target | undefined {
    if (this.areNone) return targets[0]
    const now = this.options.now()
    const awake = targets.filter((target) => this.getUntil(target) <= now)
    return awake.find((target) => !this.find(target)?.isProbed) ?? awake[0]
  }

  /** Takes the turn to try a target of a model before its time, because no other is left: of those whose rest is a guess of
   *  ours, the one that is free soonest. Returns undefined if there is none, or if another request has the turn. */
  takeEarly(model: string, targets: readonly Target[]): Target | undefined {
    const now = this.options.now()
    if (now < (this.earlyAt.get(model) ?? 0) || targets.some((target) => this.find(target)?.isProbed)) return undefined
    const [soonest] = targets
      .filter((target) => this.find(target)?.rest?.isTold === false)
      .sort((one, other) => this.getUntil(one) - this.getUntil(other))
    const rest = soonest && this.find(soonest)?.rest
    if (!rest) return undefined
    this.earlyAt.set(model, now + restRules[rest.reason].earlyEveryMs)
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
    const state = this.getFailing(id)
    const isTooMany = state.share.addFailure()
    if (restRules[failure.reason].byShare && !isTooMany && !state.rest) return
    const before = state.rest?.until ?? 0
    const isAwake = before <= now()
    const until = now() + getRestMs(failure, isAwake ? state.strikes : state.strikes - 1)
    if (isAwake) state.strikes += 1
    if (until <= before) return
    state.rest = { id, reason: failure.reason, isTold: failure.waitMs !== undefined, until }
    state.isLearned = false
    const { reported } = state
    if (reported?.reason === failure.reason && until < reported.until + minProlongedMs) return
    state.reported = state.rest
    onRest(target, state.rest, state.since)
  }

  /** The time until one of these targets is free, in milliseconds; 0 if one is. */
  getWaitMs(targets: readonly Target[]): number {
    const soonest = Math.min(...targets.map((target) => this.getUntil(target)))
    return Math.max(0, soonest - this.options.now())
  }

  /** Takes over all rests that other instances have found. One that is not among them any more has ended by a success. */
  learn(rests: readonly Rest[]): void {
    const now = this.options.now()
    const found = new Set(rests.map(({ id }) => id))
    for (const [id, { isLearned, rest }] of this.states)
      if (isLearned && rest && rest.until > now && !found.has(id)) this.states.delete(id)
    for (const rest of rests) {
      if (rest.until <= Math.max(now, this.states.get(rest.id)?.rest?.until ?? 0)) continue
      const state = this.getFailing(rest.id)
      state.rest = rest
      state.isLearned = true
      state.strikes = Math.max(state.strikes, 1)
    }
  }

  /** @param tested the rest that the target had when the attempt began. An attempt from before a rest does not end it. */
  private addSuccess(target: Target, tested: Rest | undefined): void {
    const state = this.find(target)
    if (!state) return
    state.share.addSuccess()
    if (state.rest !== tested) return
    if (tested) this.options.onReturn(target, tested)
    if (tested || !state.share.hasFailures()) this.states.delete(getTargetId(target))
  }

  private find(target: Target): TargetState | undefined {
    return this.areNone ? undefined : this.states.get(getTargetId(target))
  }

  private getUntil(target: Target): number {
    return this.find(target)?.rest?.until ?? 0
  }

  /** The state of a target that fails now. The failure begins now, unless the last rest has ended a short while ago. */
  private getFailing(id: string): TargetState {
    const { now } = this.options
    const state = this.states.get(id) ?? createState(now)
    if ((state.rest?.until ?? 0) < now() - maxGapMs) state.since = now()
    this.states.set(id, state)
    return state
  }
}

const createState = (now: () => number): TargetState => ({
  rest: undefined,
  since: 0,
  reported: undefined,
  isLearned: false,
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
