/** Waits for work, but no longer than `milliseconds`; tells whether it was done in time. The work itself goes on and must
 *  own its failures. */
export const settlesWithin = (milliseconds: number, work: Promise<unknown>): Promise<boolean> =>
  new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, milliseconds, false)
    work.then(
      clearTimerThen(timer, () => resolve(true)),
      clearTimerThen(timer, reject),
    )
  })

/** The result of work, or a rejection after `milliseconds`: whatever the work does then, nobody waits for it. */
export const withTimeout = <Result>(milliseconds: number, work: Promise<Result>): Promise<Result> =>
  new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`no answer within ${milliseconds} ms`)), milliseconds)
    work.then(clearTimerThen(timer, resolve), clearTimerThen(timer, reject))
  })

/** Ends the timer that watches some work, and passes on what came of it. */
const clearTimerThen =
  <Value>(timer: NodeJS.Timeout, pass: (value: Value) => void) =>
  (value: Value): void => {
    clearTimeout(timer)
    pass(value)
  }
