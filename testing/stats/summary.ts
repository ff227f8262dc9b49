/** What a list of measurements comes to. */
export interface Summary {
  readonly median: number
  readonly min: number
  readonly max: number
}

/** The value below which a share of the values lies, by nearest rank; NaN of none. `share` is between 0 and 1. */
export const percentile = (values: readonly number[], share: number): number => {
  const sorted = [...values].sort((one, other) => one - other)
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? Number.NaN
}

/** The middle value; the mean of the two middle ones of an even number; NaN of none. */
export const median = (values: readonly number[]): number => {
  const sorted = [...values].sort((one, other) => one - other)
  const middle = Math.floor(sorted.length / 2)
  const upper = sorted[middle] ?? Number.NaN
  return sorted.length % 2 === 1 ? upper : (upper + (sorted[middle - 1] ?? Number.NaN)) / 2
}

/** Median, least and greatest; undefined of none. */
export const summaryOf = (values: readonly number[]): Summary | undefined =>
  values.length === 0 ? undefined : { median: median(values), min: Math.min(...values), max: Math.max(...values) }
