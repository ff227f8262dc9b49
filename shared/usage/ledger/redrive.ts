import type { UsageRow } from '../store/row.ts'
import type { UsageStore } from '../store/store.ts'
import { processDueRows } from './process-due-rows.ts'
import { backgroundBudgetMs, transitionAll } from './transition.ts'

/** The options of {@link redrive}. */
export interface RedriveOptions {
  readonly store: UsageStore
  /** Milliseconds since 1970. */
  readonly now: () => number
  /** No row is begun after this time, in milliseconds. */
  readonly budgetMs: number
}

/** Makes the records that were given up due again, as many as the time allows. Resolves with their number. */
export const redrive = async ({ store, now, budgetMs }: RedriveOptions): Promise<number> => {
  let redriven = 0
  const handle = async (rows: readonly UsageRow[]): Promise<number> => {
    const when = { delivery: 'dead' } as const
    const set = { delivery: 'pending', attempts: 0, next_at: now() } as const
    const ids = rows.map(({ id }) => id)
    const { count } = await transitionAll(store, ids, { when, set }, backgroundBudgetMs)
    redriven += count
    return count
  }
  await processDueRows({
    store,
    equal: { state: 'final', delivery: 'dead' },
    dueField: 'next_at',
    now,
    groupSize: 50,
    handle,
    budgetMs,
  })
  return redriven
}
