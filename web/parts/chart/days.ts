const dayMs = 86_400_000

/** Days begin at midnight in China (UTC+8), as on the bills of providers. */
const chinaOffsetMs = 8 * 3_600_000

/** Days from the first to the last, `YYYY-MM-DD`, both included. */
export interface DayRange {
  readonly from: string
  readonly to: string
}

const format = (time: number): string => new Date(time).toISOString().slice(0, 10)

/** Returns the last days up to today in China. */
export const getLastDays = (count: number, now = Date.now()): DayRange => ({
  from: format(now + chinaOffsetMs - (count - 1) * dayMs),
  to: format(now + chinaOffsetMs),
})

/** Lists the days of a range. */
export const listDays = ({ from, to }: DayRange): string[] => {
  const count = Math.round((Date.parse(to) - Date.parse(from)) / dayMs) + 1
  return Array.from({ length: Math.max(0, count) }, (_, index) => format(Date.parse(from) + index * dayMs))
}

/** Formats a time as day, hour and minute in China.
 *  @param seconds unix time */
export const formatTime = (seconds: number): string =>
  new Date(seconds * 1000 + chinaOffsetMs).toISOString().slice(0, 16).replace('T', ' ')
