/** Waits for work, but no longer than `milliseconds`; tells whether it was done in time. The work itself goes on and must
 *  own its failures. */
export const doneWithin = async (milliseconds: number, work: Promise<unknown>): Promise<boolean> => {
  const late = Symbol('late')
  return (await Promise.race([work, after(milliseconds, late, work)])) !== late
}

/** The result of work, or a rejection after `milliseconds`: whatever the work does then, nobody waits for it. */
export const inTime = async <Result>(milliseconds: number, work: Promise<Result>): Promise<Result> => {
  const late = Symbol('late')
  const result = await Promise.race([work, after(milliseconds, late, work)])
  if (result === late) throw new Error(`no answer within ${milliseconds} ms`)
  return result as Result
}

/** Resolves with a value after a time; its timer ends with the work it watches. */
const after = <Value>(milliseconds: number, value: Value, work: Promise<unknown>): Promise<Value> =>
  new Promise((resolve) => {
    const timer = setTimeout(resolve, milliseconds, value)
    const stop = (): void => clearTimeout(timer)
    work.then(stop, stop)
  })
