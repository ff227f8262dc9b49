/** Timers, so that a test can set the time. */
export interface Clock {
  /** Calls a function after some milliseconds. Returns what stops that. */
  readonly startTimer: (milliseconds: number, onEnd: () => void) => () => void
}

/** The time of the machine. */
export const systemClock: Clock = {
  startTimer: (milliseconds, onEnd) => {
    const timer = setTimeout(onEnd, milliseconds)
    return () => clearTimeout(timer)
  },
}

/** A moment on both clocks of a machine, in milliseconds. If the machine was suspended, either clock may lack that time. */
export type Moment = readonly [monotonicMs: number, wallMs: number]

/** Returns the present moment. */
export const getMoment = (): Moment => [performance.now(), Date.now()]

/** Returns the time between two moments, in milliseconds: that of the clock on which more has passed. */
export const getElapsedMs = (since: Moment, until: Moment): number => Math.max(until[0] - since[0], until[1] - since[1])
