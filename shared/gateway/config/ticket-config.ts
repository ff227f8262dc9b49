import type { TicketKeys } from '../../auth/ticket.ts'
import { readServerConfig, type ServerConfig } from './server-config.ts'
import { readEnvironment } from './variables/environment.ts'
import { logIgnored, type Variables } from './variables/variable.ts'

/** The configuration of `llm-ticket`. */
export interface TicketConfig {
  readonly server: Pick<ServerConfig, 'log' | 'redactor'>
  readonly keys: TicketKeys
}

/** Reads the few variables that tickets need. Logs `TICKET_SECRET` if it is invalid. */
export const readTicketConfig = (environment: Variables): TicketConfig => {
  const server = readServerConfig(environment)
  const { values, problems } = readEnvironment(environment)
  logIgnored(problems, server.log)
  return { server, keys: { secrets: values.TICKET_SECRET, envId: values.CLOUDBASE_ENV_ID ?? '' } }
}
