/** Runs work of a key one after another, and work of different keys at the same time. */
export type RunExclusive = <Result>(key: string, work: () => Promise<Result>) => Promise<Result>

/** Creates a mutex per key. Work starts when the earlier work of its key has settled, whether it resolved or
 *  rejected. */
export const keyedMutex = (): RunExclusive => {
  const tails = new Map<string, Promise<unknown>>()
  return async (key, work) => {
    const result = (tails.get(key) ?? Promise.resolve()).then(work)
    const tail = result.catch(() => undefined)
    tails.set(key, tail)
    try {
      return await result
    } finally {
      if (tails.get(key) === tail) tails.delete(key)
    }
  }
}
