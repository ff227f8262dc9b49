import { type Log, type LogLevel, logLevels } from '../protocol/log.ts'

/** A log of one flat JSON object a line on standard output: Tencent CLS indexes first-level fields only
 *  (SCF documentation 583/60336, "log search"), and adds its own request id to what `console.log` writes. */
export const consoleLog = (threshold: LogLevel): Log => {
  const limit = logLevels.indexOf(threshold)
  return (level, event, fields) => {
    if (logLevels.indexOf(level) > limit) return
    console.log(JSON.stringify({ level, event, time: new Date().toISOString(), ...fields }))
  }
}
