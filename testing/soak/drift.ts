import { median } from '../stats/summary.ts'

/** How a process's memory went. */
export interface Drift {
  /** After the warm-up and at the end, in MB: medians, because collections of garbage make single samples jump. */
  readonly warmMb: number
  readonly endMb: number
  /** What was added in between, as a share: 0.1 is a tenth. */
  readonly drift: number
}

/** Share of a run that warms up, and of which the memory is then taken at either end. */
const warmUp = 0.3
const window = 0.15

/** The drift over samples at equal distances. */
export const driftOf = (samples: readonly number[]): Drift => {
  const from = Math.floor(samples.length * warmUp)
  const width = Math.max(1, Math.floor(samples.length * window))
  const warmMb = median(samples.slice(from, from + width))
  const endMb = median(samples.slice(-width))
  return { warmMb, endMb, drift: endMb / warmMb - 1 }
}
