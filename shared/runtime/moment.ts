/** A moment on both clocks of a machine, in milliseconds. If the machine was suspended, either clock may lack that time. */
export type Moment = readonly [monotonicMs: number, wallMs: number]

/** Returns the present moment. */
export const getMoment = (): Moment => [performance.now(), Date.now()]

/** Returns the time between two moments, in milliseconds: that of the clock on which more has passed. */
export const getElapsedMs = (since: Moment, until: Moment): number => Math.max(until[0] - since[0], until[1] - since[1])
