import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { withTimeout } from '../../runtime/timeout.ts'
import type { UsageRow } from '../store/row.ts'
import { storeTimeoutMs, type UsageStore } from '../store/store.ts'

export interface Transition {
  /** What the row must be for the transition to happen. */
  readonly when: Partial<UsageRow>
  readonly set: Partial<UsageRow>
}

/** Pause before an operation is tried again, in milliseconds; doubled each time. */
const firstPauseMs = 20

/** How long the first try is waited for, in milliseconds: a store that hangs once has its second try within any budget above. */
const firstTryMs = 700

/** Time in which writing a row may begin again after a failure, in milliseconds. With a first try of 0.7 s that hangs and a second
 *  of 1.5 s, a row is written or given up after 2.3 s, and an end of an answer has time left for its delivery. */
export const writingBudgetMs = 1_600

/** Tries until it works or the time is up, and then throws what the last try threw. `budgetMs` bounds the beginning of the
 *  last try but the second, which there always is: a function that has just started may be busy for longer than any budget. A
 *  try that is not waited for any more may still take effect: `attempt` must bear repeating. */
export const retryUntil = async <Result>(budgetMs: number, attempt: () => Promise<Result>): Promise<Result> => {
  const startedAt = performance.now()
  for (let pauseMs = firstPauseMs; ; pauseMs *= 2) {
    const isFirst = pauseMs === firstPauseMs
    try {
      return await withTimeout(isFirst ? firstTryMs : storeTimeoutMs, attempt())
    } catch (error) {
      if (!isFirst && performance.now() - startedAt + pauseMs >= budgetMs) throw error
    }
    await sleep(pauseMs)
  }
}

/** Moves one row from one condition to another. Resolves with the mark of the transition where this call made it, and with
 *  undefined where the row was not as it had to be: of all that try, exactly one wins. Where a reply is lost, nobody knows
 *  whether the row was changed; so the transition is tried again under the same mark, and a refusal then is resolved by
 *  reading the row back: if it carries the mark, the lost try was the one that won. */
export const transition = (
  store: UsageStore,
  id: string,
  { when, set }: Transition,
  budgetMs: number,
): Promise<string | undefined> => {
  const mark = randomUUID()
  let uncertain = false
  return retryUntil(budgetMs, async () => {
    const before = uncertain
    uncertain = true
    if (await store.change(id, when, { ...set, mark })) return mark
    return before && (await store.read(id))?.mark === mark ? mark : undefined
  })
}
