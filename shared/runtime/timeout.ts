/** Waits for work, but no longer than `milliseconds`; tells whether it was done in time. The work itself goes on and must
 *  own its failures. */
export const doneWithin = (milliseconds: number, work: Promise<unknown>): Promise<boolean> =>
  new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, milliseconds, false)
    work.then(
      ending(timer, () => resolve(true)),
      ending(timer, reject),
    )
  })

/** The result of work, or a rejection after `milliseconds`: whatever the work does then, nobody waits for it. */
export const inTime = <Result>(milliseconds: number, work: Promise<Result>): Promise<Result> =>
  new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`no answer within ${milliseconds} ms`)), milliseconds)
    work.then(ending(timer, resolve), ending(timer, reject))
  })

/** Ends the timer that watches some work, and passes on what came of it. */
const ending =
  <Value>(timer: NodeJS.Timeout, pass: (value: Value) => void) =>
  (value: Value): void => {
    clearTimeout(timer)
    pass(value)
  }
