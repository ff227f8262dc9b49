/** Most calls of `map` at the same time. A function that is waited for is read once a second; `pace.ts` bounds the calls of all. */
const maxParallel = 10

/** Maps items, several at the same time, and returns the results in the order of the items. After a failure it starts
 *  no further item, waits for those that run, and throws the first failure. */
export const mapParallel = async <Item, Result>(
  items: readonly Item[],
  map: (item: Item) => Promise<Result>,
): Promise<Result[]> => {
  const results: Result[] = []
  const failures: unknown[] = []
  const waiting = items.map((item, index) => ({ item, index }))
  const work = async (): Promise<void> => {
    for (let next = waiting.shift(); next && failures.length === 0; next = waiting.shift()) {
      try {
        results[next.index] = await map(next.item)
      } catch (error) {
        failures.push(error)
      }
    }
  }
  await Promise.all(Array.from({ length: maxParallel }, work))
  if (failures.length > 0) throw failures[0]
  return results
}
