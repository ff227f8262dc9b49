import type { UsageRow } from '../store/row.ts'
import type { UsageStore } from '../store/store.ts'
import { retryUntil, writeBudgetMs } from './transition.ts'

/** Inserts a row together with others. Rejects if the store does not take it. */
export type InsertRow = (row: UsageRow) => Promise<void>

/** The most rows of a batch: some 50 KB, below the limit of every store. */
const maxBatchRows = 50

/** The most batches that are written at the same time: fewer than an instance has connections. */
const maxBatches = 4

interface WaitingRow {
  readonly row: UsageRow
  readonly resolve: () => void
  readonly reject: (error: unknown) => void
}

/** Inserts rows in batches: rows that come while batches are being written wait for the next one. So many calls at once need few
 *  statements, and none of them fails because it waits for the others. */
export const createInsertBatches = (store: UsageStore): InsertRow => {
  const waiting: WaitingRow[] = []
  let running = 0
  const startBatches = (): void => {
    while (running < maxBatches && waiting.length > 0) {
      running++
      void insertBatch(store, waiting.splice(0, maxBatchRows)).then(() => {
        running--
        startBatches()
      })
    }
  }
  return (row) =>
    new Promise((resolve, reject) => {
      waiting.push({ row, resolve, reject })
      startBatches()
    })
}

/** Inserts the rows of a batch. If the store does not take them together, each row is tried alone: one that the store refuses must not
 *  fail the others. Never rejects. */
const insertBatch = async (store: UsageStore, batch: readonly WaitingRow[]): Promise<void> => {
  const rows = batch.map(({ row }) => row)
  const together = retryUntil(writeBudgetMs, (timeoutMs) => store.insert(rows, timeoutMs))
  const isRefused = () =>
    together.then(
      () => false,
      () => true,
    )
  const isAlone = batch.length > 1 && (await isRefused())
  await Promise.all(
    batch.map(({ row, resolve, reject }) => (isAlone ? store.insert([row]) : together).then(resolve, reject)),
  )
}
