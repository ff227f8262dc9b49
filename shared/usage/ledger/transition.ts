import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { withTimeout } from '../../runtime/timeout.ts'
import type { UsageRow } from '../store/row.ts'
import { storeTimeoutMs, type UsageStore } from '../store/store.ts'

/** A change of a row's state. */
export interface Transition {
  /** The values that the row must have. */
  readonly when: Partial<UsageRow>
  readonly set: Partial<UsageRow>
}

/** The pause after the first try, in milliseconds. It doubles after each further try. */
const firstPauseMs = 20

/** The timeout of the store for the first try, in milliseconds. It is short, so that the second try starts within every budget if the
 *  store hangs once. */
const firstTryMs = 700

/** The budget of a write that a reply waits for, in milliseconds. If the first try hangs (0.7 s) and the second too (1.5 s), the write
 *  ends after 2.3 s, and the end of the call still has time for its delivery. */
export const writeBudgetMs = 1_600

/** The budget of a transition that no reply waits for, in milliseconds. */
export const backgroundBudgetMs = 3_000

/** The longest time that a try may spend in our own queues, in milliseconds. It is above that of every store, and bounds a store that
 *  keeps no time itself. */
const maxTransitionQueueMs = 12_000

/** Calls `attempt` with a timeout for the store until it succeeds, with a pause that doubles after each failure. There are always two
 *  tries: a function that has just started may be busy for longer than any budget. Further tries start only within `budgetMs` of the
 *  first one. Rejects with the error of the last try. A try that timed out may still take effect, so `attempt` must be idempotent. */
export const retryUntil = async <Result>(
  budgetMs: number,
  attempt: (timeoutMs: number) => Promise<Result>,
): Promise<Result> => {
  const startedAt = performance.now()
  for (let pauseMs = firstPauseMs; ; pauseMs *= 2) {
    const isFirst = pauseMs === firstPauseMs
    try {
      const timeoutMs = isFirst ? firstTryMs : storeTimeoutMs
      return await withTimeout(timeoutMs + maxTransitionQueueMs, attempt(timeoutMs))
    } catch (error) {
      if (!isFirst && performance.now() - startedAt + pauseMs >= budgetMs) throw error
    }
    await sleep(pauseMs)
  }
}

/** Changes a row if it has the values of `when`. Exactly one of all competing transitions wins. Resolves with the new mark if this one
 *  won, and with undefined if the row did not match. If a reply of the store is lost, the row may have been changed or not. So the
 *  transition is tried again with the same mark. If the row does not match then, it is read: if it has this mark, the lost try won. */
export const transition = (
  store: UsageStore,
  id: string,
  { when, set }: Transition,
  budgetMs: number,
): Promise<string | undefined> => {
  const mark = randomUUID()
  let hasTried = false
  return retryUntil(budgetMs, async (timeoutMs) => {
    const mayHaveWon = hasTried
    hasTried = true
    if (await store.change(id, when, { ...set, mark }, timeoutMs)) return mark
    return mayHaveWon && (await store.read(id))?.mark === mark ? mark : undefined
  })
}
