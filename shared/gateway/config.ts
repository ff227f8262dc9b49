import type { AuthOptions } from '../auth/authenticate.ts'
import { type HashUser, userHash } from '../auth/user-hash.ts'
import type { RegistryOptions } from '../models/registry.ts'
import type { CallCaps } from '../protocol/call-caps.ts'
import type { Timeouts } from '../providers/deadlines.ts'
import type { LimitBounds } from '../usage/limit-store.ts'
import { authOptions } from './auth-options.ts'
import { type Edge, edgeFromEnvironment } from './edge.ts'
import { readEnvironment } from './environment.ts'
import { modelOptions } from './model-options.ts'
import { type UsageConfig, usageConfig } from './usage-config.ts'
import { type Variables, variable } from './variable.ts'

/** The gateway's configuration: each room's options, made of the environment in this file and nowhere else. */
export interface Config {
  readonly edge: Edge
  readonly auth: AuthOptions
  /** Names users to providers. */
  readonly hashUser: HashUser
  readonly models: RegistryOptions
  readonly timeouts: Timeouts
  /** Longest silence of a stream, in milliseconds; 0: no comments are sent. */
  readonly keepAliveMs: number
  readonly usage: UsageConfig
  readonly limits: CallCaps & LimitBounds
}

/** Reads the configuration from an environment and logs every variable whose value is not usable. */
export const configFromEnvironment = (environment: Variables): Config => {
  const edge = edgeFromEnvironment(environment)
  const { values, problems } = readEnvironment(environment)
  for (const { variable: name, problem } of problems) edge.log('warn', 'variable_ignored', { variable: name, problem })
  return {
    edge,
    auth: authOptions(values, { deployed: isDeployed(environment), log: edge.log }),
    hashUser: userHash(values.USER_HASH_KEY ?? values.GATEWAY_ADMIN_KEY ?? values.CLOUDBASE_ENV_ID ?? ''),
    models: modelOptions(values, environment, edge.log),
    timeouts: {
      connect: values.UPSTREAM_TIMEOUT_CONNECT,
      firstByte: values.UPSTREAM_TIMEOUT_FIRST_BYTE,
      idle: values.UPSTREAM_TIMEOUT_IDLE,
      total: values.UPSTREAM_TIMEOUT_TOTAL,
    },
    keepAliveMs: values.STREAM_KEEPALIVE_SECONDS * 1000,
    usage: usageConfig(values, edge.log),
    limits: {
      choices: values.MAX_CHOICES,
      prompts: values.MAX_PROMPTS,
      perMinute: values.RATE_LIMIT_PER_MINUTE,
      concurrent: values.MAX_CONCURRENT_STREAMS,
    },
  }
}

/** Whether this process runs on the platform (CloudBase documentation, "Environment variables": set by the runtime). */
const isDeployed = (environment: Variables): boolean =>
  ['TENCENTCLOUD_RUNENV', '_SCF_SERVER_PORT', 'SCF_FUNCTIONNAME'].some(
    (name) => variable(environment, name) !== undefined,
  )
