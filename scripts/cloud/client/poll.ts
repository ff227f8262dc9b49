import { setTimeout as wait } from 'node:timers/promises'

/** How long and how often {@link poll} reads. */
export interface PollOptions<Result> {
  /** Longest time to repeat, in milliseconds. */
  readonly patienceMs: number
  /** Pause between two calls, in milliseconds. Default 1 000. */
  readonly pauseMs?: number
  /** Called with the last result and the seconds waited, at most once per `noteEveryMs`. */
  readonly note?: (result: Result, seconds: number) => void
  /** Default 10 000. */
  readonly noteEveryMs?: number
}

/** How a step waits. */
export interface WaitOptions {
  /** Longest time to wait, in milliseconds. */
  readonly patienceMs: number
  /** Prints what is waited for. */
  readonly note?: (text: string) => void
}

/** Calls `read` at least once, and again until `isEnough` accepts its result or the time is over. Returns the last
 *  result. */
export const poll = async <Result>(
  read: () => Promise<Result>,
  isEnough: (result: Result) => boolean,
  { patienceMs, pauseMs = 1_000, note, noteEveryMs = 10_000 }: PollOptions<Result>,
): Promise<Result> => {
  const startedAt = Date.now()
  let notedAt = startedAt
  for (;;) {
    const result = await read()
    const now = Date.now()
    if (isEnough(result) || now - startedAt > patienceMs) return result
    if (now - notedAt >= noteEveryMs) {
      notedAt = now
      note?.(result, Math.round((now - startedAt) / 1000))
    }
    await wait(pauseMs)
  }
}
