/** Resolves with `true` if the work settles within `milliseconds`, else with `false`. The work goes on and must handle its own
 *  failure. Rejects if the work rejects in time. */
export const settlesWithin = (milliseconds: number, work: Promise<unknown>): Promise<boolean> =>
  new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, milliseconds, false)
    work.then(
      clearTimerThen(timer, () => resolve(true)),
      clearTimerThen(timer, reject),
    )
  })

/** Resolves or rejects with the work. Rejects with an error of code `ETIMEDOUT` after `milliseconds`; what the work does then is
 *  ignored. */
export const withTimeout = <Result>(milliseconds: number, work: Promise<Result>): Promise<Result> =>
  new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(timeoutError(milliseconds)), milliseconds)
    work.then(clearTimerThen(timer, resolve), clearTimerThen(timer, reject))
  })

const timeoutError = (milliseconds: number): Error =>
  Object.assign(new Error(`no answer within ${milliseconds} ms`), { code: 'ETIMEDOUT' })

const clearTimerThen =
  <Value>(timer: NodeJS.Timeout, pass: (value: Value) => void) =>
  (value: Value): void => {
    clearTimeout(timer)
    pass(value)
  }
