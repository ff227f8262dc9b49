import type { Log, LogFields, LogLevel } from '../../shared/runtime/log.ts'

export interface LogLine {
  readonly level: LogLevel
  readonly event: string
  readonly fields: LogFields
}

/** A log that keeps its lines for the test to read. */
export const captureLog = (): { log: Log; lines: LogLine[] } => {
  const lines: LogLine[] = []
  return { log: (level, event, fields = {}) => void lines.push({ level, event, fields }), lines }
}
