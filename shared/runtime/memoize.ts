/** Calls `make` on the first call and returns the same value from then on. If the value is a promise that rejects, it is forgotten,
 *  so that the next call tries again: one failed load must not last as long as the process. */
export const once = <Value>(make: () => Value): (() => Value) => {
  let made: { readonly value: Value } | undefined
  return () => {
    if (made) return made.value
    const current = { value: make() }
    made = current
    if (current.value instanceof Promise)
      current.value.catch(() => {
        if (made === current) made = undefined
      })
    return current.value
  }
}

/** Computes one value per text and keeps it. Not for texts that clients choose: nothing is ever forgotten. */
export const memoize = <Result>(compute: (text: string) => Result): ((text: string) => Result) => {
  const known = new Map<string, Result>()
  return (text) => {
    const found = known.get(text)
    if (found !== undefined || known.has(text)) return found as Result
    const result = compute(text)
    known.set(text, result)
    return result
  }
}

/** Computes one value per object and keeps it as long as the object lives. */
export const memoizeWeak = <Key extends object, Value>(compute: (key: Key) => Value): ((key: Key) => Value) => {
  const known = new WeakMap<Key, { readonly value: Value }>()
  return (key) => {
    const found = known.get(key)
    if (found) return found.value
    const value = compute(key)
    known.set(key, { value })
    return value
  }
}
