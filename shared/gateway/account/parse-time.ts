/** A date of ISO 8601, its time, and the zone of that. */
const datePattern = /^(\d{4}-\d{2}-\d{2})(?:[Tt ](\d{2}:\d{2}(?::\d{2}(?:\.\d{1,3})?)?)([Zz]|[+-]\d{2}:\d{2})?)?$/

/** Parses a time in unix seconds, or as a date of ISO 8601. A date without a zone is China's, wherever it is read. Returns
 *  milliseconds since 1970; undefined if it is no such time. */
export const parseTime = (value: unknown): number | undefined => {
  const time = typeof value === 'number' ? value * 1_000 : parseDate(String(value))
  return Number.isSafeInteger(time) && time > 0 && time < 1e14 ? time : undefined
}

const parseDate = (text: string): number => {
  const [, day, time = '00:00', zone = '+08:00'] = datePattern.exec(text) ?? []
  return day === undefined ? Number.NaN : Date.parse(`${day}T${time}${zone.toUpperCase()}`)
}
