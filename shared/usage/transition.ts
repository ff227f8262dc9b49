import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import type { UsageRow } from './usage-row.ts'
import type { UsageStore } from './usage-store.ts'

export interface Transition {
  /** What the row must be for the transition to happen. */
  readonly when: Partial<UsageRow>
  readonly set: Partial<UsageRow>
}

/** Pause before an operation is tried again, in milliseconds; doubled each time. */
const firstPauseMs = 20

/** Tries until it works or the time is up, and then throws what the last try threw. `budgetMs` bounds the beginning of the
 *  last try; 0 means one try. */
export const persist = async <Result>(budgetMs: number, attempt: () => Promise<Result>): Promise<Result> => {
  const startedAt = performance.now()
  for (let pauseMs = firstPauseMs; ; pauseMs *= 2) {
    try {
      return await attempt()
    } catch (error) {
      if (performance.now() - startedAt + pauseMs >= budgetMs) throw error
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
  return persist(budgetMs, async () => {
    const before = uncertain
    uncertain = true
    if (await store.change(id, when, { ...set, mark })) return mark
    return before && (await store.read(id))?.mark === mark ? mark : undefined
  })
}
