/** A summary of measurements. */
export interface Summary {
  readonly median: number
  readonly min: number
  readonly max: number
  /** Half of the measurements lie between these two. */
  readonly quartiles: readonly [lower: number, upper: number]
}

/** Returns a percentile by nearest rank; `share` is from 0 to 1. Returns NaN if there are no values. */
export const percentile = (values: readonly number[], share: number): number => {
  const sorted = [...values].sort((one, other) => one - other)
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? Number.NaN
}

/** Returns the middle value, or the mean of the two middle values. Returns NaN if there are no values. */
export const median = (values: readonly number[]): number => {
  const sorted = [...values].sort((one, other) => one - other)
  const middle = Math.floor(sorted.length / 2)
  const upper = sorted[middle] ?? Number.NaN
  return sorted.length % 2 === 1 ? upper : (upper + (sorted[middle - 1] ?? Number.NaN)) / 2
}

/** Returns median, minimum, maximum and quartiles, or undefined if there are no values. */
export const summarize = (values: readonly number[]): Summary | undefined =>
  values.length === 0
    ? undefined
    : {
        median: median(values),
        min: Math.min(...values),
        max: Math.max(...values),
        quartiles: [percentile(values, 0.25), percentile(values, 0.75)],
      }
