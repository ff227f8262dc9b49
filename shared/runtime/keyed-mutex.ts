/** Runs pieces of work that share a name one after another; those of different names side by side. */
export const keyedMutex = (): (<Result>(name: string, work: () => Promise<Result>) => Promise<Result>) => {
  const last = new Map<string, Promise<unknown>>()
  return async (name, work) => {
    const result = (last.get(name) ?? Promise.resolve()).then(work)
    const over = result.catch(() => undefined)
    last.set(name, over)
    try {
      return await result
    } finally {
      if (last.get(name) === over) last.delete(name)
    }
  }
}
