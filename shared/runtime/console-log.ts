import { type Log, type LogFields, type LogLevel, logLevels } from './log.ts'
import type { Redactor } from './redactor.ts'

/** The longest text of a field, in characters. */
const maxTextLength = 1_000

/** The longest usage record, in characters. The log may hold the only copy of a record, and an operator enters it by
 *  hand, so it must be whole, and JSON. */
const maxRecordLength = 16_384

/** Creates a log that writes each line as one flat JSON object to standard output. Tencent CLS indexes first-level
 *  fields only (SCF documentation 583/60336, "log search"), and adds its own request id to the lines of `console.log`.
 *  Secrets are removed from all texts. JSON escapes the characters that would break a line, lone surrogates
 *  included. */
export const createConsoleLog = (threshold: LogLevel, redactor: Redactor): Log => {
  const maxLevel = logLevels.indexOf(threshold)
  return (level, event, fields = {}) => {
    if (logLevels.indexOf(level) > maxLevel) return
    const rest = JSON.stringify(toPrintableFields(fields, redactor)).slice(1)
    const comma = rest === '}' ? '' : ','
    console.log(`{"level":"${level}","event":"${event}","time":"${formatIsoTime(Date.now())}"${comma}${rest}`)
  }
}

let latestSecond = 0
let latestText = ''

/** Formats milliseconds since 1970 as ISO 8601. Formats each second only once, because that costs as much as the rest
 *  of a line. */
const formatIsoTime = (now: number): string => {
  const second = Math.floor(now / 1_000)
  if (second !== latestSecond) latestText = new Date(now).toISOString().slice(0, -'000Z'.length)
  latestSecond = second
  return `${latestText}${String(now % 1_000).padStart(3, '0')}Z`
}

/** Returns the fields without secrets. Copies them only if one has to change, because few ever do. */
const toPrintableFields = (fields: LogFields, redactor: Redactor): LogFields => {
  let result = fields
  for (const name in fields) {
    const value = toPrintableValue(name, fields[name], redactor)
    if (value !== fields[name]) result = { ...result, [name]: value }
  }
  return result
}

/** A request id is made by us or by the platform and never repeats, so it is not cleaned. */
const toPrintableValue = (name: string, value: LogFields[string], redactor: Redactor): LogFields[string] => {
  if (typeof value !== 'string' || name === 'request_id') return value
  return name === 'record'
    ? shorten(value, maxRecordLength, redactor.cleanJson)
    : shorten(value, maxTextLength, redactor.clean)
}

const shorten = (value: string, maxLength: number, clean: (text: string) => string): string => {
  const text = clean(value.slice(0, 2 * maxLength))
  return text.length > maxLength ? `${text.slice(0, maxLength - 1)}…` : text
}
