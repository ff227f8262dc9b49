const offsetMs = 8 * 3_600_000
const dayMs = 86_400_000

/** Returns the day in China, `YYYY-MM-DD`, and the midnight that ends it, in milliseconds since 1970. China has one time
 *  zone and no summer time. */
export const getChinaDay = (now: number): { readonly day: string; readonly expiresAt: number } => {
  const number = Math.floor((now + offsetMs) / dayMs)
  return { day: new Date(number * dayMs).toISOString().slice(0, 10), expiresAt: (number + 1) * dayMs - offsetMs }
}
