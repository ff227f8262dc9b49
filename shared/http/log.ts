import { type Log, type LogFields, type LogLevel, logLevels } from '../protocol/log.ts'
import type { Redactor } from '../protocol/redact.ts'

/** Longest text of a field, in characters. A record is logged to be entered by hand, so it must be whole. */
const longestText = 1_000
const longestRecord = 16_384

/** A log of one flat JSON object a line on standard output: Tencent CLS indexes first-level fields only
 *  (SCF documentation 583/60336, "log search"), and adds its own request id to what `console.log` writes. No text leaves with a
 *  secret in it; JSON escapes what would break a line, lone surrogates included. */
export const consoleLog = (threshold: LogLevel, redactor: Redactor): Log => {
  const limit = logLevels.indexOf(threshold)
  return (level, event, fields = {}) => {
    if (logLevels.indexOf(level) > limit) return
    const time = new Date().toISOString()
    console.log(JSON.stringify({ level, event, time, ...allPrintable(fields, redactor) }))
  }
}

/** Fields are copied only where one has to change: few ever have. */
const allPrintable = (fields: LogFields, redactor: Redactor): LogFields => {
  let result = fields
  for (const name in fields) {
    const value = printable(name, fields[name], redactor)
    if (value !== fields[name]) result = { ...result, [name]: value }
  }
  return result
}

const printable = (name: string, value: LogFields[string], redactor: Redactor): LogFields[string] => {
  if (typeof value !== 'string') return value
  const longest = name === 'record' ? longestRecord : longestText
  const clean = redactor.clean(value.length > longest ? value.slice(0, 2 * longest) : value)
  return clean.length > longest ? `${clean.slice(0, longest - 1)}…` : clean
}
