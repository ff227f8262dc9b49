import type { Log } from '../../runtime/log.ts'
import { once } from '../../runtime/memoize.ts'
import type { Redactor } from '../../runtime/redactor.ts'
import type { ServerConfig } from './server-config.ts'
import { readServerVariables } from './variables/server-variables.ts'
import { logIgnored, type Variables } from './variables/variable.ts'

/** Reads the server's options for a function that must load almost nothing at start and whose replies contain only its
 *  own words. The logger is loaded with the first log line, which is after the first reply. */
export const lazyServerConfig = (environment: Variables): ServerConfig => {
  const { level, problems, ...options } = readServerVariables(environment)
  const logging = once(async () => (await import('./logging.ts')).createLogging(environment, level))
  // A line is lost if the logger cannot be loaded; the next line tries again.
  const log: Log = (...line) =>
    void logging().then(
      ({ log: write }) => write(...line),
      () => undefined,
    )
  logIgnored(problems, log)
  return { ...options, log, newRequestId: createPlainUuid, redactor: passThroughRedactor }
}

/** Changes nothing: the replies repeat no text of a client or provider. */
const passThroughRedactor: Redactor = { clean: (text) => text, cleanJson: (json) => json, learn: () => undefined }

/** Creates a UUID (RFC 9562, version 4) without `node:crypto`, which takes longer to load than all other code. Each
 *  process seeds `Math.random` anew from the system's randomness. That is enough to distinguish log lines, but not for
 *  usage records. */
const createPlainUuid = (): string =>
  'xxxxxxxx-xxxx-4xxx-axxx-xxxxxxxxxxxx'.replace(/x/g, () => Math.floor(Math.random() * 16).toString(16))
