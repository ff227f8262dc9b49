import { median } from '../stats/summary.ts'

/** How the memory of a process changed. */
export interface Drift {
  /** Memory after the warm-up and at the end, in MB. Both are medians, because garbage collection makes single samples jump. */
  readonly warmMb: number
  readonly endMb: number
  /** Growth between the two, as a fraction: 0.1 is a tenth. */
  readonly drift: number
}

/** The share of the run that counts as warm-up, and the share at each end of the rest from which memory is taken. */
const warmUpShare = 0.3
const edgeShare = 0.15

/** Computes the drift of samples taken at equal intervals. */
export const computeDrift = (samples: readonly number[]): Drift => {
  const from = Math.floor(samples.length * warmUpShare)
  const width = Math.max(1, Math.floor(samples.length * edgeShare))
  const warmMb = median(samples.slice(from, from + width))
  const endMb = median(samples.slice(-width))
  return { warmMb, endMb, drift: endMb / warmMb - 1 }
}
