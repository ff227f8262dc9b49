import type { Route, Target } from '../../protocol/route.ts'
import type { CancelSignal } from '../../runtime/cancellation.ts'
import { waitUnlessCancelled } from '../transport/wait.ts'
import { findFirstTarget, orderTargets } from './order.ts'
import type { Rests } from './rests.ts'

/** Longest wait for a target when all rest, in milliseconds. */
const maxRestWaitMs = 1_000

/** The targets of one call, in the order in which its conversation prefers them. The order is made when the first has failed:
 *  most calls need no other. */
export class Candidates {
  private readonly route: Route
  private readonly conversation: number
  private readonly rests: Rests
  private first: Target | undefined
  private order: readonly Target[] | undefined
  private untried: readonly Target[] | undefined
  /** Those that this call has tried, and that rested afterwards. */
  private readonly rested: Target[] = []
  /** Those that cannot do what this call asks. */
  private readonly unable = new Set<Target>()
  private hasWaited = false

  /** @param conversation the result of `hashConversation` */
  constructor(route: Route, conversation: number, rests: Rests) {
    this.route = route
    this.conversation = conversation
    this.rests = rests
  }

  /** Takes the target to try next, which may be one that rests if no other is left. Returns undefined if there is none. */
  takeNext(): Target | undefined {
    if (!this.first && !this.order && this.rests.areNone) {
      this.first = findFirstTarget(this.route, this.conversation)
      return this.first
    }
    const untried = this.getUntried()
    const next = this.rests.pick(untried) ?? this.rests.takeEarly(this.route.model, untried)
    this.untried = untried.filter((target) => target !== next)
    return next
  }

  /** Notes that a target has failed. If it rests now, it may be tried again when it is free. */
  noteFailure(target: Target): void {
    if (this.rests.getWaitMs([target]) > 0) this.rested.push(target)
  }

  /** Waits for the target that is free soonest, if it is free within a second: an untried one, or one that has rested since
   *  it was tried. A call waits once; then this resolves with undefined.
   *  @throws client_gone as soon as the client disconnects */
  async waitForOne(clientSignal: CancelSignal): Promise<Target | undefined> {
    if (this.hasWaited) return undefined
    const untried = this.getUntried()
    const rested = this.omitUnable(this.rested)
    const waitMs = this.rests.getWaitMs([...untried, ...rested])
    if (waitMs > maxRestWaitMs) return undefined
    this.hasWaited = true
    if (waitMs > 0) await waitUnlessCancelled(waitMs, clientSignal)
    const target = this.rests.pick(untried) ?? this.rests.pick(rested)
    this.untried = untried.filter((other) => other !== target)
    return target
  }

  /** The time until a target is free that is not left out, in milliseconds; 0 if one is, or if none is left. */
  getWaitMs(): number {
    const able = this.omitUnable(this.getOrder())
    return able.length === 0 ? 0 : this.rests.getWaitMs(able)
  }

  /** Leaves out a target that cannot do what the call asks. */
  leaveOut(target: Target): void {
    this.unable.add(target)
  }

  /** Leaves out all keys of a model: a prompt too long for it is too long for each. */
  leaveOutModel({ upstreamModel }: Target): void {
    for (const target of this.getOrder()) if (target.upstreamModel === upstreamModel) this.leaveOut(target)
  }

  private omitUnable(targets: readonly Target[]): readonly Target[] {
    return this.unable.size === 0 ? targets : targets.filter((target) => !this.unable.has(target))
  }

  private getOrder(): readonly Target[] {
    this.order ??= orderTargets(this.route, this.conversation)
    return this.order
  }

  private getUntried(): readonly Target[] {
    this.untried ??= this.getOrder().filter((target) => target !== this.first)
    return this.omitUnable(this.untried)
  }
}
