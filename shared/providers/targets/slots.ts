import type { Target } from '../../protocol/route.ts'
import type { CancelSignal } from '../../runtime/cancellation.ts'
import { once } from '../../runtime/memoize.ts'
import { clientGoneError } from '../errors/upstream-errors.ts'
import { waitUnlessCancelled } from '../transport/wait.ts'

/** Gives back a place. */
export type ReleaseSlot = () => Promise<void>

/** Takes a place among the running requests of a target. Resolves with its release; with undefined if there is none. */
export type AcquireSlot = (target: Target, max: number) => Promise<ReleaseSlot | undefined>

/** Longest wait of one call for places, in milliseconds. The function is billed while it waits. */
const maxSlotWaitMs = 200

/** Time between two tries, in milliseconds. */
const retryMs = 50

/** The place of a target without `max_concurrency`. */
export const noSlot: ReleaseSlot = () => Promise.resolve()

/** The signals of one call. */
export interface SlotSignals {
  /** Aborts when the response is no longer needed: the place is given back then. */
  readonly signal: CancelSignal
  /** Aborts when the client disconnects: no place is taken then. */
  readonly clientSignal: CancelSignal
}

/** Creates the function that takes places for one call. The first target that is full is waited for, because the provider
 *  may have cached the conversation's prompt; then the others are tried without a wait.
 *  @throws client_gone from that function, as soon as the client disconnects */
export const createTakeSlot = (acquire: AcquireSlot, { signal, clientSignal }: SlotSignals) => {
  const endsAt = performance.now() + maxSlotWaitMs
  return async (target: Target): Promise<ReleaseSlot | undefined> => {
    const { maxConcurrency } = target
    if (maxConcurrency === undefined) return noSlot
    let release = await acquire(target, maxConcurrency)
    while (!release && performance.now() + retryMs < endsAt) {
      await waitUnlessCancelled(retryMs, clientSignal)
      release = await acquire(target, maxConcurrency)
    }
    if (clientSignal.aborted) {
      await release?.()
      throw clientGoneError()
    }
    if (!release) return undefined
    const releaseOnce = once(release)
    if (signal.aborted) void releaseOnce()
    else signal.addEventListener('abort', () => void releaseOnce())
    return releaseOnce
  }
}
