import { adminKey } from '../auth/admin-key.ts'
import type { AuthOptions } from '../auth/authenticate.ts'
import type { RegistryOptions } from '../models/registry.ts'
import type { Log } from '../protocol/log.ts'
import type { Timeouts } from '../providers/deadlines.ts'
import { type Edge, edgeFromEnvironment, type Variables, variable } from './edge.ts'
import { type Environment, readEnvironment } from './environment.ts'
import { modelOptions } from './model-options.ts'
import { type UsageConfig, usageConfig } from './usage-config.ts'

/** The gateway's configuration: each room's options, made of the environment in this file and nowhere else. */
export interface Config {
  readonly edge: Edge
  readonly auth: AuthOptions
  readonly models: RegistryOptions
  readonly timeouts: Timeouts
  readonly usage: UsageConfig
}

/** Reads the configuration from an environment and logs every variable whose value is not usable. */
export const configFromEnvironment = (environment: Variables): Config => {
  const edge = edgeFromEnvironment(environment)
  const { values, problems } = readEnvironment(environment)
  for (const { variable: name, problem } of problems) edge.log('warn', 'variable_ignored', { variable: name, problem })
  return {
    edge,
    auth: authOptions(values, { deployed: isDeployed(environment), log: edge.log }),
    models: modelOptions(values, environment, edge.log),
    timeouts: {
      connect: values.UPSTREAM_TIMEOUT_CONNECT,
      firstByte: values.UPSTREAM_TIMEOUT_FIRST_BYTE,
      idle: values.UPSTREAM_TIMEOUT_IDLE,
      total: values.UPSTREAM_TIMEOUT_TOTAL,
    },
    usage: usageConfig(values, environment, edge.log),
  }
}

/** Whether this process runs on the platform (CloudBase documentation, "Environment variables": set by the runtime). */
const isDeployed = (environment: Variables): boolean => variable(environment, 'TENCENTCLOUD_RUNENV') !== undefined

const authOptions = (values: Environment, { deployed, log }: { deployed: boolean; log: Log }): AuthOptions => {
  const { CLOUDBASE_ENV_ID: envId, CLOUDBASE_AUTH_ORIGIN: origin } = values
  const refused = values.DISABLE_AUTH && deployed && !values.ALLOW_INSECURE
  const misconfigured = refused
    ? 'DISABLE_AUTH=true is refused on a deployed function. Remove it, or confirm it with ALLOW_INSECURE=true.'
    : envId || origin
      ? undefined
      : 'CLOUDBASE_ENV_ID is not set. Set it to the id of your CloudBase environment, or DISABLE_AUTH=true for local development.'
  const disabled = values.DISABLE_AUTH && !refused
  if (disabled) log('warn', 'auth_disabled', { help: 'Every caller is let in. Remove DISABLE_AUTH before users come.' })
  else if (misconfigured) log('error', 'auth_misconfigured', { help: misconfigured })
  return {
    disabled,
    misconfigured,
    authOrigin: origin ?? `https://${envId}.api.tcloudbasegateway.com`,
    adminKey: adminKey(values.GATEWAY_ADMIN_KEY),
  }
}
