import { createConsoleLog } from '../../runtime/console-log.ts'
import type { Log, LogLevel } from '../../runtime/log.ts'
import { createRedactor, type Redactor } from '../../runtime/redactor.ts'
import { findSecrets } from './secrets.ts'
import type { Variables } from './variables/variable.ts'

/** Creates the log of a function and the redactor of its environment's secrets. The log redacts every line. */
export const createLogging = (
  environment: Variables,
  level: LogLevel,
): { readonly log: Log; readonly redactor: Redactor } => {
  const redactor = createRedactor(findSecrets(environment))
  return { redactor, log: createConsoleLog(level, redactor) }
}
