/** Decides when an instance checks its source again. It has no timer: it is asked when a request comes. */
export interface RefreshBackoff {
  readonly isDue: () => boolean
  readonly recordSuccess: () => void
  /** `hasMap`: whether the instance can serve models until the next check. */
  readonly recordFailure: (hasMap: boolean) => void
}

const maxBackoffMs = 60_000
const minPauseMs = 1_000

/** Creates a backoff with `ttlMs` between checks that succeed. After a failure, the pause doubles each time, up to a
 *  minute. The first pause is `ttlMs`, or at most a second if the instance has no map to serve. */
export const createRefreshBackoff = (ttlMs: number, now: () => number = Date.now): RefreshBackoff => {
  let checkedAt = Number.NEGATIVE_INFINITY
  let pauseMs = 0
  let failures = 0
  const pause = (milliseconds: number): void => {
    checkedAt = now()
    pauseMs = milliseconds
  }
  return {
    isDue: () => {
      const passedMs = now() - checkedAt
      // A clock that was set back must not delay the next check.
      return passedMs >= pauseMs || passedMs < 0
    },
    recordSuccess: () => {
      failures = 0
      pause(ttlMs)
    },
    recordFailure: (hasMap) => {
      const firstMs = hasMap ? Math.max(ttlMs, minPauseMs) : Math.min(ttlMs, minPauseMs)
      pause(Math.min(firstMs * 2 ** failures, Math.max(maxBackoffMs, ttlMs)))
      failures = Math.min(failures + 1, 16)
    },
  }
}
