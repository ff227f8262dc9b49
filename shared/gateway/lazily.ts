/** An object whose methods all return promises and whose making waits for the first call of one: what is behind it is bundled
 *  apart and read only by a function that uses it. `known` is what can be told before. */
export const lazily = <Made extends object>(known: Partial<Made>, make: () => Promise<Made>): Made => {
  let made: Promise<Made> | undefined
  const call = async (method: PropertyKey, values: readonly unknown[]): Promise<unknown> => {
    made ??= make().catch((error: unknown) => {
      made = undefined
      throw error
    })
    const target = await made
    return Reflect.apply(Reflect.get(target, method) as (...values: readonly unknown[]) => unknown, target, values)
  }
  return new Proxy(known as Made, {
    get: (target, name) => {
      // A promise that resolves with this object asks for `then`: it is no promise.
      if (name === 'then' || typeof name === 'symbol') return undefined
      return Reflect.get(target, name) ?? ((...values: unknown[]) => call(name, values))
    },
  })
}
