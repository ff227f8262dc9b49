const minute = 60_000
const hour = 60 * minute

/** Pauses between deliveries that failed, in milliseconds. With the attempt before the answer's end, 12 attempts in 72 hours. */
const pausesMs = [
  minute,
  5 * minute,
  30 * minute,
  2 * hour,
  6 * hour,
  12 * hour,
  12 * hour,
  12 * hour,
  12 * hour,
  12 * hour,
  3 * hour + 24 * minute,
] as const

/** How long to wait after the n-th attempt, in milliseconds; undefined: it was the last one. */
export const deliveryDelayMs = (attempts: number): number | undefined => pausesMs[attempts - 1]

/** The pause after the attempt that is made before an answer ends, in milliseconds. */
export const [firstDelayMs] = pausesMs
