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

/** The number of rows that a transition of several won, and their new mark. */
export interface Won {
  readonly count: number
  readonly mark: string
}

/** Changes those of the rows that have the values of `when`. Exactly one of all competing transitions of a row wins. If a reply of the
 *  store is lost, the rows may have been changed or not. So the transition is tried again with the same mark. If not all rows match
 *  then, they are read: the lost try won those with this mark. */
export const transitionAll = (
  store: UsageStore,
  ids: readonly string[],
  { when, set }: Transition,
  budgetMs: number,
): Promise<Won> => {
  const mark = randomUUID()
  let hasTried = false
  return retryUntil(budgetMs, async (timeoutMs) => {
    const mayHaveWon = hasTried
    hasTried = true
    const count = await store.change(ids, when, { ...set, mark }, timeoutMs)
    if (count === ids.length || !mayHaveWon) return { count, mark }
    const rows = await Promise.all(ids.map((id) => store.read(id)))
    return { count: rows.filter((row) => row?.mark === mark).length, mark }
  })
}

/** Changes one row like {@link transitionAll}. Resolves with the new mark if this transition won, else with undefined. */
export const transition = async (
  store: UsageStore,
  id: string,
  change: Transition,
  budgetMs: number,
): Promise<string | undefined> => {
  const { count, mark } = await transitionAll(store, [id], change, budgetMs)
  return count === 1 ? mark : undefined
}
