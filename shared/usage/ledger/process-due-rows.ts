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
  /** Handles one row. The row is not due afterwards. Resolves with whether it was handled. */
  readonly handle: (row: UsageRow) => Promise<boolean>
  /** No row is begun after this time, in milliseconds. */
  readonly budgetMs: number
}

const batchSize = 200

const maxParallelRows = 8

/** Handles due rows in batches, a few rows at a time, until no row is due, a whole batch fails, or the time is up. Batches are
 *  shuffled: simultaneous runs get the same batch, so they take its rows in different orders and seldom collide. */
export const processDueRows = async (options: DueRowsOptions): Promise<void> => {
  const { store, equal, dueField, now, handle, budgetMs } = options
  const startedAt = performance.now()
  const hasTime = (): boolean => performance.now() - startedAt < budgetMs
  while (hasTime()) {
    const atMost = { field: dueField, value: now() }
    const batch = shuffle(await store.find({ equal, atMost, order: 'ascending', limit: batchSize }))
    let handled = 0
    const worker = async (): Promise<void> => {
      for (let row = batch.pop(); row !== undefined && hasTime(); row = batch.pop()) if (await handle(row)) handled++
    }
    await Promise.all(Array.from({ length: maxParallelRows }, worker))
    if (handled === 0) return
  }
}

const shuffle = <Item>(items: readonly Item[]): Item[] =>
  items
    .map((item) => ({ item, order: Math.random() }))
    .sort((one, other) => one.order - other.order)
    .map(({ item }) => item)
