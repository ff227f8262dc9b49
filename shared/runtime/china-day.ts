/** The time by which clocks in China are ahead of UTC, in milliseconds. */
export const chinaOffsetMs = 8 * 3_600_000

/** Length of a day, in milliseconds. */
export const dayMs = 86_400_000

let latest = { number: Number.NaN, text: '' }

/** Returns the day in China, `YYYY-MM-DD`. China has one time zone and no summer time. The text is made once a day, not once a
 *  record. */
export const toDay = (now: number): string => {
  const number = countDays(now)
  if (number !== latest.number) latest = { number, text: new Date(number * dayMs).toISOString().slice(0, 10) }
  return latest.text
}

/** Returns the midnight in China that ends the day, in milliseconds since 1970. */
export const toMidnight = (now: number): number => (countDays(now) + 1) * dayMs - chinaOffsetMs

const countDays = (now: number): number => Math.floor((now + chinaOffsetMs) / dayMs)
