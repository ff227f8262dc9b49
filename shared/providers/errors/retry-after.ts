import type { IncomingHttpHeaders } from 'node:http'
import { isObject, parseJson } from '../../runtime/json.ts'

/** Longest wait that is passed on, in seconds. */
const maxRetrySeconds = 3600

/** The longest text in which a wait is looked for, in characters. Patterns that try again and again stay cheap so. */
const maxSearchedLength = 2_000

/** The places in which a provider may name the time to wait. */
export interface WaitSources {
  readonly headers: IncomingHttpHeaders
  /** The text or the JSON value of the body. */
  readonly body: unknown
  /** The provider's message. */
  readonly words: string
}

type Now = () => number

/** How long a provider asks to wait, in seconds, at most an hour: in its headers; in a field of the body; in words; or
 *  until a limit that is used up is reset. Returns undefined if it names none. */
export const findRetryAfter = (sources: WaitSources, now: Now = Date.now): number | undefined => {
  const { headers, words } = sources
  const body = typeof sources.body === 'string' ? parseJson(sources.body) : sources.body
  return (
    parseRetryAfter(headers, now) ??
    clamp(findInBody(body, now) ?? parseWords(words.slice(0, maxSearchedLength), now) ?? findReset(headers, now))
  )
}

/** The wait that headers ask for, in seconds: `retry-after-ms`, or `retry-after` as a number or a date (RFC 9110,
 *  section 10.2.3). Returns undefined without a valid header. */
export const parseRetryAfter = (headers: IncomingHttpHeaders, now: Now = Date.now): number | undefined => {
  const milliseconds = Number(headers['retry-after-ms'] ?? headers['x-ms-retry-after-ms'] ?? Number.NaN)
  if (Number.isFinite(milliseconds)) return clamp(milliseconds / 1000)
  const { 'retry-after': after } = headers
  if (after === undefined) return undefined
  const seconds = Number(after)
  return clamp(Number.isFinite(seconds) ? seconds : (Date.parse(after) - now()) / 1000)
}

const clamp = (seconds = Number.NaN): number | undefined =>
  seconds >= 0 ? Math.min(seconds, maxRetrySeconds) : undefined

/** `"retryDelay": "34s"` (google.rpc.RetryInfo), `"retry_after": 5` and the like, at any depth, and the headers that
 *  OpenRouter quotes (`metadata.headers`). */
const findInBody = (value: unknown, now: Now, depth = 0): number | undefined => {
  if (typeof value !== 'object' || value === null || depth > maxSearchDepth) return undefined
  for (const [name, item] of Object.entries(value)) {
    const found = retryField.test(name) ? parseField(name, item) : findInBody(item, now, depth + 1)
    if (found !== undefined) return found
  }
  return 'headers' in value && isObject(value.headers) ? findInHeaders(value.headers, now) : undefined
}

const maxSearchDepth = 6
const retryField = /^retry[_-]?(after|delay|in)([_-]?(ms|millis|milliseconds|s|sec|secs|seconds))?$/i

const parseField = (name: string, value: unknown): number | undefined => {
  if (isObject(value)) return parseField(name, value['seconds'])
  const text = typeof value === 'number' ? String(value) : value
  if (typeof text !== 'string' || text.trim() === '') return undefined
  const number = Number(text)
  if (!Number.isFinite(number)) return parseDuration(text)
  return /m(s|illi)/i.test(name) ? number / 1000 : number
}

const findInHeaders = (fields: object, now: Now): number | undefined => {
  const texts = Object.entries(fields).map(([name, value]) => [name.toLowerCase(), String(value)] as const)
  const headers: IncomingHttpHeaders = Object.fromEntries(texts)
  return parseRetryAfter(headers, now) ?? findReset(headers, now)
}

/** Seconds of each unit, by the letters that it begins with. */
const units: readonly (readonly [RegExp, number])[] = [
  [/^(ms|milli|毫)/i, 0.001],
  [/^(d|天)/i, 86_400],
  [/^(h|小)/i, 3600],
  [/^(m|分)/i, 60],
  [/^(s|秒)/i, 1],
]

const unitName = '毫秒|秒钟|秒|分钟|分|小时|天|milliseconds?|ms|seconds?|secs?|s|minutes?|mins?|m|hours?|hrs?|h|days?|d'
const amount = new RegExp(
  `(\\d{1,9}(?:\\.\\d{1,9})?) ?(${unitName})(?![a-z])|(\\d{1,9}(?:\\.\\d{1,9})?) ?(h|m|s|ms)(?=\\d)`,
  'gi',
)

/** Parses `20 seconds`, `34.07s`, `120ms`, `6m0s`, `1 分 30 秒`: the sum of all its parts. */
const parseDuration = (text: string): number | undefined => {
  let seconds: number | undefined
  for (const [, whole, unit = '', glued, gluedUnit = unit] of text.slice(0, maxSearchedLength).matchAll(amount)) {
    const size = units.find(([pattern]) => pattern.test(unit || gluedUnit))?.[1] ?? 1
    seconds = (seconds ?? 0) + Number(whole ?? glued) * size
  }
  return seconds
}

/** "Please retry after 20 seconds.", "Please try again in 6m0s.", "wait 33 seconds before retrying", "Retry after: 5". */
const englishWait =
  /\b(?:retry|retrying|try again|wait|available|resets?)\b[^.\d\n]{0,24}(\d[\d.]{0,12} ?[a-z]{0,12}(?: ?\d[\d.]{0,12} ?[a-z]{1,12}){0,3})/i

/** 「请 1 分钟后重试」、「请在20秒后再试」、「请等待 5 秒」. */
const chineseWait =
  /((?:\d{1,9}(?:\.\d{1,9})? ?(?:毫秒|秒钟|秒|分钟|分|小时|天|s|min) ?){1,3})(?:之|以)?后|(?:等待|等候|间隔)[^\d，。\n]{0,6}(\d{1,9} ?(?:毫秒|秒|分钟|小时))/

const parseWords = (words: string, now: Now): number | undefined => {
  const [, after, during] = chineseWait.exec(words) ?? []
  const chinese = parseDuration(after ?? during ?? '')
  if (chinese !== undefined) return chinese
  const date = parseResetDate(words, now)
  if (date !== undefined) return date
  const english = englishWait.exec(words)?.[1]
  return english === undefined ? undefined : (parseDuration(english) ?? parseSeconds(english))
}

/** A number without a unit counts seconds. */
const parseSeconds = (text: string): number | undefined =>
  /^[\d.]+ ?$/.test(text) ? Number.parseFloat(text) : undefined

/** 「您的限额将在 2026-01-31 18:00:00 重置」 (Zhipu 1308), in China's time if no zone is given. */
const resetDate =
  /(?:重置|恢复|reset|until|retry|try again)[^\d]{0,30}(?=\d{4}-)|(?=\d{4}-\d\d-\d\d[ T][\d:]{5,8}[^，。\n]{0,12}(?:重置|恢复|后))/i

const parseResetDate = (words: string, now: Now): number | undefined => {
  const found = resetDate.exec(words)
  if (!found) return undefined
  const [, day, time, zone] =
    /(\d{4}-\d\d-\d\d)[ T](\d\d:\d\d(?::\d\d)?)(?:\.\d{1,9})? ?(Z|UTC|GMT|[+-]\d\d:?\d\d)?/i.exec(
      words.slice(found.index),
    ) ?? []
  const isChinese = /[\u4e00-\u9fff]/.test(words)
  const milliseconds = Date.parse(`${day}T${time}${toZone(zone ?? (isChinese ? '+08:00' : 'Z'))}`) - now()
  return Number.isNaN(milliseconds) ? undefined : milliseconds / 1000
}

const toZone = (zone: string): string => (/^[a-z]/i.test(zone) ? 'Z' : zone.replace(/^(...)(\d\d)$/, '$1:$2'))

/** How long until the limits that are used up are reset: `x-ratelimit-reset-requests: 1s` (OpenAI), seconds (GitHub), the
 *  time in seconds or milliseconds (OpenRouter), or a date (Anthropic). A limit of which something is left does not
 *  count. */
const findReset = (headers: IncomingHttpHeaders, now: Now): number | undefined => {
  const waits = Object.entries(headers).flatMap(([name, value]) => {
    if (!/ratelimit.*reset/.test(name) || Number(headers[name.replace('reset', 'remaining')] ?? 0) > 0) return []
    return parseReset(String(value), now) ?? []
  })
  return waits.length > 0 ? Math.max(...waits) : undefined
}

/** Numbers from here on are a time in seconds or in milliseconds, not a duration. */
const firstTime = 1e9
const firstTimeMs = 1e12

const parseReset = (value: string, now: Now): number | undefined => {
  const number = Number(value.trim() || Number.NaN)
  if (Number.isFinite(number)) {
    if (number < firstTime) return number
    return (number < firstTimeMs ? number : number / 1000) - now() / 1000
  }
  const date = /^\d{4}-/.test(value) ? Date.parse(value) : Number.NaN
  return Number.isNaN(date) ? parseDuration(value) : (date - now()) / 1000
}
