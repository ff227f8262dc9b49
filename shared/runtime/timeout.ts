/** Resolves to true if the work resolves within `milliseconds`, and to false otherwise. Rejects if the work rejects in
 *  time. Late work goes on, and its result is ignored. A busy process first reads what has arrived in time. */
export const settlesWithin = (milliseconds: number, work: Promise<unknown>): Promise<boolean> =>
  new Promise((resolve, reject) => {
    const timer = setTimeout(() => setImmediate(resolve, false), milliseconds)
    work.then(
      clearTimerThen(timer, () => resolve(true)),
      clearTimerThen(timer, reject),
    )
  })

/** Settles as the work does. Rejects with a timeout error after `milliseconds`. Late work goes on, and its result is
 *  ignored. A busy process first reads what has arrived in time. */
export const withTimeout = <Result>(milliseconds: number, work: Promise<Result>): Promise<Result> =>
  new Promise((resolve, reject) => {
    const timer = setTimeout(() => setImmediate(() => reject(timeoutError(milliseconds))), milliseconds)
    work.then(clearTimerThen(timer, resolve), clearTimerThen(timer, reject))
  })

/** Creates an error with the code `ETIMEDOUT`, as Node reports its own timeouts. */
export const timeoutError = (milliseconds: number): Error =>
  Object.assign(new Error(`No response within ${milliseconds} ms.`), { code: 'ETIMEDOUT' })

const clearTimerThen =
  <Value>(timer: NodeJS.Timeout, pass: (value: Value) => void) =>
  (value: Value): void => {
    clearTimeout(timer)
    pass(value)
  }
