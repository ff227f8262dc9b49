import { consoleLog } from '../../runtime/console-log.ts'
import type { Log, LogLevel } from '../../runtime/log.ts'
import { type Redactor, redactorOf } from '../../runtime/redactor.ts'
import { secretsIn } from './secrets.ts'
import type { Variables } from './variable.ts'

/** The log of a function and the redactor of its environment's secrets, without which nothing is written. */
export const ownLog = (environment: Variables, level: LogLevel): { readonly log: Log; readonly redactor: Redactor } => {
  const redactor = redactorOf(secretsIn(environment))
  return { redactor, log: consoleLog(level, redactor) }
}
