import { setTimeout as wait } from 'node:timers/promises'

/** How long and how often {@link poll} reads. */
export interface PollOptions {
  /** Longest time to repeat, in milliseconds. */
  readonly patienceMs: number
  /** Pause between two calls, in milliseconds. Default 1 000. */
  readonly pauseMs?: number
}

/** Calls `read` at least once, and again until `isEnough` accepts its result or the time is over. Returns the last
 *  result. */
export const poll = async <Result>(
  read: () => Promise<Result>,
  isEnough: (result: Result) => boolean,
  { patienceMs, pauseMs = 1_000 }: PollOptions,
): Promise<Result> => {
  const deadline = Date.now() + patienceMs
  for (;;) {
    const result = await read()
    if (isEnough(result) || Date.now() > deadline) return result
    await wait(pauseMs)
  }
}
