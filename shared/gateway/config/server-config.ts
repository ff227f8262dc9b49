import { randomUUID } from 'node:crypto'
import type { CorsOptions } from '../../http/cors.ts'
import type { ServeOptions } from '../../http/server.ts'
import type { Redactor } from '../../runtime/redactor.ts'
import { createLogging } from './logging.ts'
import { readServerVariables } from './server-variables.ts'
import type { Variables } from './variable.ts'

/** What every HTTP function needs before anything else. */
export interface ServerConfig extends ServeOptions {
  readonly cors: CorsOptions
  /** Knows every secret of the environment, and learns those of the model map. */
  readonly redactor: Redactor
  /** Largest request body accepted, in bytes. */
  readonly maxBodyBytes: number
}

/** Reads the edge's options from the environment. A value that makes no sense counts as unset and is named in the log. */
export const readServerConfig = (environment: Variables): ServerConfig => {
  const { level, problems, ...options } = readServerVariables(environment)
  const edge = { ...options, ...createLogging(environment, level), newRequestId: randomUUID }
  for (const { variable, problem } of problems) edge.log('warn', 'variable_ignored', { variable, problem })
  return edge
}
