import type { UsageRow } from '../store/row.ts'
import type { UsageStore } from '../store/store.ts'

/** The rows to process and the way to do it. */
export interface DueRowsOptions {
  readonly store: UsageStore
  /** The values that all due rows have. */
  readonly equal: Partial<UsageRow>
  /** The field with the time from which on a row is due. */
  readonly dueField: 'deadline_at' | 'next_at'
  /** The clock for `dueField`, in milliseconds since 1970. */
  readonly now: () => number
  /** The most rows that are handled together. */
  readonly groupSize: number
  /** Handles rows. Those that it handled are not due afterwards. Resolves with their number: other runs may have the rest. */
  readonly handle: (rows: readonly UsageRow[]) => Promise<number>
  /** No row is begun after this time, in milliseconds. */
  readonly budgetMs: number
}

const batchSize = 200

const maxParallelGroups = 4

/** Handles due rows in batches, a few groups at a time, until no row is due, a whole batch fails, or the time is up. Simultaneous
 *  runs read the same batch. So batches are shuffled, and the rest of one is left when other runs have most of it. */
export const processDueRows = async (options: DueRowsOptions): Promise<void> => {
  const { store, equal, dueField, now, groupSize, handle, budgetMs } = options
  const startedAt = performance.now()
  const hasTime = (): boolean => performance.now() - startedAt < budgetMs
  while (hasTime()) {
    const atMost = { field: dueField, value: now() }
    const batch = shuffle(await store.find({ equal, atMost, order: 'ascending', limit: batchSize }))
    const counts = { begun: 0, handled: 0 }
    const isWorthwhile = (): boolean => counts.begun < batchSize / 4 || counts.handled > counts.begun / 2
    const work = async (): Promise<void> => {
      while (batch.length > 0 && hasTime() && isWorthwhile()) {
        const group = batch.splice(-groupSize)
        const handled = await handle(group)
        counts.handled += handled
        counts.begun += group.length
      }
    }
    await Promise.all(Array.from({ length: maxParallelGroups }, work))
    if (counts.handled === 0) return
  }
}

const shuffle = <Item>(items: readonly Item[]): Item[] =>
  items
    .map((item) => ({ item, order: Math.random() }))
    .sort((one, other) => one.order - other.order)
    .map(({ item }) => item)
