/** A budget that refills with time: `take` says whether one more is in it. */
export interface TokenBucket {
  readonly take: () => boolean
}

export interface TokenBucketOptions {
  /** How many at once. */
  readonly burst: number
  readonly perSecond: number
  /** Milliseconds since 1970. */
  readonly now: () => number
}

/** A token bucket: full at first. */
export const tokenBucket = ({ burst, perSecond, now }: TokenBucketOptions): TokenBucket => {
  let left = burst
  let filledAt = now()
  return {
    take: () => {
      left = Math.min(burst, left + ((now() - filledAt) / 1000) * perSecond)
      filledAt = now()
      if (left < 1) return false
      left -= 1
      return true
    },
  }
}
