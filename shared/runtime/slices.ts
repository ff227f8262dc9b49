/** Long work that yields after each small part, so that it can be done in slices. It returns its result. */
export type SlicedWork<Value> = Generator<undefined, Value>

/** When {@link doInSlices} pauses. */
export interface SliceOptions {
  /** The length of a slice, in milliseconds. Default: 10. */
  readonly sliceMs?: number
  /** Milliseconds since any moment. */
  readonly now?: () => number
}

/** Does work in slices. After each of them all that waits in the process gets its turn. Resolves with the result.
 *  @throws what the work throws */
export const doInSlices = async <Value>(
  work: SlicedWork<Value>,
  { sliceMs = 10, now = performance.now.bind(performance) }: SliceOptions = {},
): Promise<Value> => {
  for (;;) {
    const endsAt = now() + sliceMs
    do {
      const { done, value } = work.next()
      if (done) return value
    } while (now() < endsAt)
    await new Promise((resolve) => setImmediate(resolve))
  }
}

/** Does work at once, however long it takes: for tools that do nothing else. Returns the result. */
export const finishWork = <Value>(work: SlicedWork<Value>): Value => {
  for (;;) {
    const { done, value } = work.next()
    if (done) return value
  }
}
