import type { Log } from '../protocol/log.ts'
import { type Edge, readEdge } from './edge.ts'
import type { ownLog } from './own-log.ts'
import type { Variables } from './variable.ts'

/** The edge of a function that must start on next to nothing and whose replies hold no words but its own: what writes the log is
 *  read with the first line, which is after the first reply. */
export const lateEdge = (environment: Variables): Edge => {
  const { level, problems, ...edge } = readEdge(environment)
  let writing: Promise<ReturnType<typeof ownLog>> | undefined
  const log: Log = (...line) => {
    writing ??= import('./own-log.ts').then((part) => part.ownLog(environment, level))
    void writing.then((written) => written.log(...line))
  }
  for (const { variable, problem } of problems) log('warn', 'variable_ignored', { variable, problem })
  return { ...edge, log, redactor: { clean: (text) => text, learn: () => undefined } }
}
