export interface BatchOptions<Item> {
  /** The next batch of what there is to do; empty when there is none. */
  readonly due: () => Promise<Item[]>
  /** Does one item, after which it is not due any more; tells whether it could. */
  readonly handle: (item: Item) => Promise<boolean>
  /** No item is begun after so long, in milliseconds. */
  readonly budgetMs: number
}

const maxParallel = 8

/** Handles batch after batch, a few items at once, until none is due, a whole batch fails, or the time is up. Batches are
 *  shuffled: runs that go on at once take the same batch in different orders and seldom meet. */
export const processInBatches = async <Item>({ due, handle, budgetMs }: BatchOptions<Item>): Promise<void> => {
  const startedAt = performance.now()
  const inTime = (): boolean => performance.now() - startedAt < budgetMs
  while (inTime()) {
    const batch = shuffle(await due())
    let handled = 0
    const worker = async (): Promise<void> => {
      for (let item = batch.pop(); item !== undefined && inTime(); item = batch.pop()) if (await handle(item)) handled++
    }
    await Promise.all(Array.from({ length: maxParallel }, worker))
    if (handled === 0) return
  }
}

const shuffle = <Item>(items: readonly Item[]): Item[] =>
  items
    .map((item) => ({ item, order: Math.random() }))
    .sort((one, other) => one.order - other.order)
    .map(({ item }) => item)
