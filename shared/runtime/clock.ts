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
