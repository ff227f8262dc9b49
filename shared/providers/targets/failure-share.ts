/** The share of a target's last requests that failed. */
export interface FailureShare {
  readonly addSuccess: () => void
  /** Resolves whether so many have failed that the target needs a rest. */
  readonly addFailure: () => boolean
  /** Whether failures still count. */
  readonly hasFailures: () => boolean
}

/** The fewest failures, and the smallest share of all requests, that make a target rest. */
const minFailures = 3
const minShare = 0.5

/** About how many requests count. */
const maxCountedFailures = 20

/** How long a failure counts if no request follows, in milliseconds. */
const maxFailureAgeMs = 600_000

/** Creates the share of a target that has not failed yet. */
export const createFailureShare = (now: () => number): FailureShare => {
  let succeeded = 0
  let failed = 0
  let countedAt = now()
  const age = (): void => {
    if (now() - countedAt > maxFailureAgeMs) succeeded = failed = 0
    countedAt = now()
    if (succeeded + failed < maxCountedFailures) return
    succeeded /= 2
    failed /= 2
  }
  return {
    addSuccess: () => {
      age()
      succeeded += 1
    },
    addFailure: () => {
      age()
      failed += 1
      return failed >= minFailures && failed / (succeeded + failed) >= minShare
    },
    hasFailures: () => failed >= 0.5 && now() - countedAt <= maxFailureAgeMs,
  }
}
