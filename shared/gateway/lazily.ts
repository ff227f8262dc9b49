/** An object whose methods all return promises and whose making waits for the first call of one: what is behind it is bundled
 *  apart and read only by a function that uses it. `known` is what can be told before. The methods need no `this`, and
 *  throw nothing at once. */
export const lazily = <Made extends object>(known: Partial<Made>, make: () => Promise<Made>): Made => {
  let making: Promise<Made> | undefined
  let made = known as Made
  const call = async (method: PropertyKey, values: readonly unknown[]): Promise<unknown> => {
    making ??= make().catch((error: unknown) => {
      making = undefined
      throw error
    })
    made = await making
    return Reflect.apply(Reflect.get(made, method) as (...values: readonly unknown[]) => unknown, made, values)
  }
  return new Proxy(made, {
    get: (_, name) => {
      // A promise that resolves with this object asks for `then`: it is no promise.
      if (name === 'then' || typeof name === 'symbol') return undefined
      return Reflect.get(made, name) ?? ((...values: unknown[]) => call(name, values))
    },
  })
}
