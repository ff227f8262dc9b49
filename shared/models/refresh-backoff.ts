/** Decides when an instance looks at its source again. It only answers questions: nothing runs by itself. */
export interface RefreshBackoff {
  readonly isDue: () => boolean
  readonly succeeded: () => void
  /** `hasMap`: whether the instance can serve models meanwhile. */
  readonly failed: (hasMap: boolean) => void
}

const maxPauseMs = 60_000
const minPauseMs = 1_000

/** A clock with `ttlMs` between looks that succeed. After a failure the pause doubles each time, up to a minute; it begins with
 *  the same `ttlMs`, or with at most a second where there is nothing to serve. */
export const createRefreshBackoff = (ttlMs: number, now: () => number = Date.now): RefreshBackoff => {
  let lookedAt = Number.NEGATIVE_INFINITY
  let pauseMs = 0
  let failures = 0
  const pause = (milliseconds: number): void => {
    lookedAt = now()
    pauseMs = milliseconds
  }
  return {
    isDue: () => {
      const passedMs = now() - lookedAt
      return passedMs >= pauseMs || passedMs < 0
    },
    succeeded: () => {
      failures = 0
      pause(ttlMs)
    },
    failed: (hasMap) => {
      const firstMs = Math.max(hasMap ? ttlMs : Math.min(ttlMs, minPauseMs), hasMap ? minPauseMs : 0)
      pause(Math.min(firstMs * 2 ** failures, Math.max(maxPauseMs, ttlMs)))
      failures = Math.min(failures + 1, 16)
    },
  }
}
