import { type Log, type LogFields, type LogLevel, logLevels } from './log.ts'
import type { Redactor } from './redactor.ts'

/** Longest text of a field, in characters. A record is logged to be entered by hand, and there is no other copy: it must be whole, and
 *  JSON. */
const maxTextLength = 1_000
const maxRecordLength = 16_384

/** A log of one flat JSON object a line on standard output: Tencent CLS indexes first-level fields only
 *  (SCF documentation 583/60336, "log search"), and adds its own request id to what `console.log` writes. No text leaves with a
 *  secret in it; JSON escapes what would break a line, lone surrogates included. */
export const createConsoleLog = (threshold: LogLevel, redactor: Redactor): Log => {
  const limit = logLevels.indexOf(threshold)
  return (level, event, fields = {}) => {
    if (logLevels.indexOf(level) > limit) return
    console.log(
      JSON.stringify({ level, event, time: formatIsoTime(Date.now()), ...toPrintableFields(fields, redactor) }),
    )
  }
}

let latestSecond = { second: Number.NaN, text: '' }

/** A moment as ISO 8601 has it. It is put into words once a second: that takes as long as all else about a line. */
const formatIsoTime = (now: number): string => {
  const second = Math.floor(now / 1_000)
  if (second !== latestSecond.second)
    latestSecond = { second, text: new Date(now).toISOString().slice(0, -'000Z'.length) }
  return `${latestSecond.text}${String(now % 1_000).padStart(3, '0')}Z`
}

/** Fields are copied only where one has to change: few ever have. A request's id is made here or by the platform, and never the
 *  same: it is not looked at. */
const toPrintableFields = (fields: LogFields, redactor: Redactor): LogFields => {
  let result = fields
  for (const name in fields) {
    const value = toPrintableValue(name, fields[name], redactor)
    if (value !== fields[name]) result = { ...result, [name]: value }
  }
  return result
}

const toPrintableValue = (name: string, value: LogFields[string], redactor: Redactor): LogFields[string] => {
  if (typeof value !== 'string' || name === 'request_id') return value
  return name === 'record'
    ? shorten(value, maxRecordLength, redactor.cleanJson)
    : shorten(value, maxTextLength, redactor.clean)
}

const shorten = (value: string, longest: number, clean: (text: string) => string): string => {
  const text = clean(value.length > longest ? value.slice(0, 2 * longest) : value)
  return text.length > longest ? `${text.slice(0, longest - 1)}…` : text
}
