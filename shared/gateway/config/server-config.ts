import { randomUUID } from 'node:crypto'
import type { CorsOptions } from '../../http/cors.ts'
import type { ServeOptions } from '../../http/server.ts'
import type { Redactor } from '../../runtime/redactor.ts'
import { createLogging } from './logging.ts'
import { readServerVariables } from './variables/server-variables.ts'
import { logIgnored, type Variables } from './variables/variable.ts'

/** The options that every HTTP function needs first. */
export interface ServerConfig extends ServeOptions {
  readonly cors: CorsOptions
  /** Redacts every secret of the environment and, once they are read, those of the model map. */
  readonly redactor: Redactor
  /** The maximum size of a request body, in bytes. */
  readonly maxBodyBytes: number
}

/** Reads the server's options from the environment. An invalid value counts as unset and is logged by the variable's
 *  name. */
export const readServerConfig = (environment: Variables): ServerConfig => {
  const { level, problems, ...options } = readServerVariables(environment)
  const server = { ...options, ...createLogging(environment, level), newRequestId: randomUUID }
  logIgnored(problems, server.log)
  return server
}
