import type { AuthOptions } from '../../auth/authenticate.ts'
import { createHashUser, type HashUser } from '../../auth/user-hash.ts'
import type { LimitBounds } from '../../limits/limit-store.ts'
import type { RegistryOptions } from '../../models/registry.ts'
import type { CallCaps } from '../../protocol/call-caps.ts'
import type { Timeouts } from '../../providers/transport/deadlines.ts'
import { createAuthConfig } from './auth-config.ts'
import { type Environment, readEnvironment } from './environment.ts'
import { createModelsConfig } from './models-config.ts'
import { readServerConfig, type ServerConfig } from './server-config.ts'
import { createUsageConfig, type UsageConfig } from './usage-config.ts'
import { getVariable, type Variables } from './variable.ts'

/** What a function needs that tells users and models apart, and does no more. */
export interface CoreConfig {
  readonly server: ServerConfig
  readonly auth: AuthOptions
  readonly models: RegistryOptions
}

/** The gateway's configuration: each room's options, made of the environment in `gateway/` and nowhere else. */
export interface Config extends CoreConfig {
  /** Names users to providers. */
  readonly hashUser: HashUser
  readonly timeouts: Timeouts
  /** Longest silence of a stream, in milliseconds; 0: no comments are sent. */
  readonly keepAliveMs: number
  readonly usage: UsageConfig
  readonly limits: CallCaps & LimitBounds
}

/** Reads the configuration from an environment and logs every variable whose value is not usable. */
export const readConfig = (environment: Variables): Config => {
  const { values, ...core } = readParts(environment)
  return {
    ...core,
    server: values.TRACING_MODULE ? withTracing(core.server, values.TRACING_MODULE) : core.server,
    hashUser: createHashUser(values.USER_HASH_KEY ?? values.GATEWAY_ADMIN_KEY ?? values.CLOUDBASE_ENV_ID ?? ''),
    timeouts: {
      connect: values.UPSTREAM_TIMEOUT_CONNECT,
      firstByte: values.UPSTREAM_TIMEOUT_FIRST_BYTE,
      idle: values.UPSTREAM_TIMEOUT_IDLE,
      total: values.UPSTREAM_TIMEOUT_TOTAL,
    },
    keepAliveMs: values.STREAM_KEEPALIVE_SECONDS * 1000,
    usage: createUsageConfig(values, core.server.log),
    limits: {
      maxChoices: values.MAX_CHOICES,
      maxPrompts: values.MAX_PROMPTS,
      perMinute: values.RATE_LIMIT_PER_MINUTE,
      concurrent: values.MAX_CONCURRENT_STREAMS,
    },
  }
}

/** Reads the part of it that is enough for a function that calls no provider and keeps no records. */
export const readCoreConfig = (environment: Variables): CoreConfig => readParts(environment)

const readParts = (environment: Variables): CoreConfig & { readonly values: Environment } => {
  const edge = readServerConfig(environment)
  const { values, problems } = readEnvironment(environment)
  for (const { variable: name, problem } of problems) edge.log('warn', 'variable_ignored', { variable: name, problem })
  return {
    values,
    server: edge,
    auth: createAuthConfig(values, { deployed: isDeployed(environment), log: edge.log }),
    models: createModelsConfig(values, environment, edge),
  }
}

/** An edge whose requests become spans as well as log lines. */
const withTracing = (edge: ServerConfig, module: string): ServerConfig => {
  const tracing = import('./tracing.ts').then((part) => part.createTracing({ ...edge, module }))
  return { ...edge, onRequestEnd: (fields) => void tracing.then((trace) => trace(fields)) }
}

/** Whether this process runs on the platform (CloudBase documentation, "Environment variables": set by the runtime). */
const isDeployed = (environment: Variables): boolean =>
  ['TENCENTCLOUD_RUNENV', '_SCF_SERVER_PORT', 'SCF_FUNCTIONNAME'].some(
    (name) => getVariable(environment, name) !== undefined,
  )
