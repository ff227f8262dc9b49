import type { IncomingHttpHeaders } from 'node:http'

/** Longest wait that is passed on, in seconds. */
const maxSeconds = 3600

/** How long a provider asks to wait, in seconds: `retry-after-ms`, or `retry-after` as a number or a date (RFC 9110,
 *  section 10.2.3). Returns undefined without a valid header. */
export const parseRetryAfter = (headers: IncomingHttpHeaders, now: () => number = Date.now): number | undefined => {
  const milliseconds = Number(headers['retry-after-ms'] ?? Number.NaN)
  if (Number.isFinite(milliseconds)) return clampSeconds(milliseconds / 1000)
  const { 'retry-after': after } = headers
  if (after === undefined) return undefined
  const seconds = Number(after)
  return clampSeconds(Number.isFinite(seconds) ? seconds : (Date.parse(after) - now()) / 1000)
}

const clampSeconds = (seconds: number): number | undefined => (seconds >= 0 ? Math.min(seconds, maxSeconds) : undefined)
