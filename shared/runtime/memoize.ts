/** Computes a value when it is first asked for, and then no more. */
export const once = <Value>(compute: () => Value): (() => Value) => {
  let computed: { readonly value: Value } | undefined
  return () => {
    computed ??= { value: compute() }
    return computed.value
  }
}

/** Makes a function of a text that works out each answer once, and keeps it: not for texts that strangers choose. */
export const memoize = <Result>(judge: (text: string) => Result): ((text: string) => Result) => {
  const known = new Map<string, Result>()
  return (text) => {
    const found = known.get(text)
    if (found !== undefined || known.has(text)) return found as Result
    const result = judge(text)
    known.set(text, result)
    return result
  }
}

/** Works a value out once per object and remembers it as long as the object lasts. */
export const memoizeWeak = <Key extends object, Value>(make: (key: Key) => Value): ((key: Key) => Value) => {
  const known = new WeakMap<Key, { readonly value: Value }>()
  return (key) => {
    const found = known.get(key)
    if (found) return found.value
    const value = make(key)
    known.set(key, { value })
    return value
  }
}
