import type { Log, LogFields, LogLevel } from '../../shared/runtime/log.ts'

/** A line of the log. */
export interface LogLine {
  readonly level: LogLevel
  readonly event: string
  readonly fields: LogFields
}

/** Creates a log that stores its lines for the test. */
export const captureLog = (): { log: Log; lines: LogLine[] } => {
  const lines: LogLine[] = []
  return { log: (level, event, fields = {}) => void lines.push({ level, event, fields }), lines }
}
