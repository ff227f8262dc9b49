import type { Log } from '../../runtime/log.ts'
import { once } from '../../runtime/memoize.ts'
import type { Redactor } from '../../runtime/redactor.ts'
import type { ServerConfig } from './server-config.ts'
import { readServerVariables } from './server-variables.ts'
import type { Variables } from './variable.ts'

/** The edge of a function that must start on next to nothing and whose replies hold no words but its own: what writes the log is
 *  read with the first line, which is after the first reply. */
export const lazyServerConfig = (environment: Variables): ServerConfig => {
  const { level, problems, ...edge } = readServerVariables(environment)
  const logging = once(async () => (await import('./logging.ts')).createLogging(environment, level))
  // A line is lost if what writes it cannot be loaded; the next line tries again.
  const log: Log = (...line) =>
    void logging().then(
      ({ log: write }) => write(...line),
      () => undefined,
    )
  for (const { variable, problem } of problems) log('warn', 'variable_ignored', { variable, problem })
  return { ...edge, log, newRequestId: createPlainUuid, redactor: passThroughRedactor }
}

/** Its replies repeat nobody's words. */
const passThroughRedactor: Redactor = { clean: (text) => text, cleanJson: (json) => json, learn: () => undefined }

/** A UUID (RFC 9562, version 4) without `node:crypto`, which takes longer to load than all the rest. `Math.random` begins
 *  anew with each process, from the system's own randomness: enough to tell log lines apart, and not for what costs money. */
const createPlainUuid = (): string =>
  'xxxxxxxx-xxxx-4xxx-axxx-xxxxxxxxxxxx'.replace(/x/g, () => Math.floor(Math.random() * 16).toString(16))
