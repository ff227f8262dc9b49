/** A budget that refills with time. `take` takes one token, and returns false if there is none. `putBack` returns one
 *  that was not needed. */
export interface TokenBucket {
  readonly take: () => boolean
  readonly putBack: () => void
}

/** The size of a token bucket. */
export interface TokenBucketOptions {
  /** The most tokens in the bucket. */
  readonly burst: number
  readonly perSecond: number
  /** Returns milliseconds since 1970. */
  readonly now: () => number
}

/** Creates a token bucket, which is full at first. */
export const tokenBucket = ({ burst, perSecond, now }: TokenBucketOptions): TokenBucket => {
  let tokens = burst
  let filledAt = now()
  return {
    take: () => {
      tokens = Math.min(burst, tokens + ((now() - filledAt) / 1000) * perSecond)
      filledAt = now()
      if (tokens < 1) return false
      tokens -= 1
      return true
    },
    putBack: () => {
      tokens = Math.min(burst, tokens + 1)
    },
  }
}
