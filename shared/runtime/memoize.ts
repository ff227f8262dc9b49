/** Calls `make` on the first call and returns the same value from then on. A promise that rejects is forgotten, so the
 *  next call tries again: one failed load must not last as long as the process. */
export const once = <Value>(make: () => Value): (() => Value) => {
  let made: { readonly value: Value } | undefined
  return () => {
    if (made) return made.value
    const value = make()
    made = { value }
    if (value instanceof Promise)
      value.catch(() => {
        made = undefined
      })
    return value
  }
}

/** Computes one value per text and keeps it. Nothing is ever forgotten, so the texts must not come from clients. */
export const memoize = <Result>(compute: (text: string) => Result): ((text: string) => Result) => {
  const known = new Map<string, { readonly result: Result }>()
  return (text) => {
    const found = known.get(text)
    if (found) return found.result
    const result = compute(text)
    known.set(text, { result })
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
