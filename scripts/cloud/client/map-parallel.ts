/** Most calls of `map` at the same time. The CloudBase CLI 2.12 deploys as many functions at once. Each makes one or two
 *  calls a second; the cloud accepts 20 a second of each kind (cloud.tencent.com/document/product/876/137951
 *  "CreateFunction", 876/129800 "CreateHTTPServiceRoute"; 583/18586 names 100 for SCF's own). */
const maxParallel = 5

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
