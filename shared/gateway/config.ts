import type { AuthOptions } from '../auth/authenticate.ts'
import { type HashUser, userHash } from '../auth/user-hash.ts'
import type { RegistryOptions } from '../models/registry.ts'
import type { Timeouts } from '../providers/deadlines.ts'
import { authOptions } from './auth-options.ts'
import { type Edge, edgeFromEnvironment, type Variables, variable } from './edge.ts'
import { readEnvironment } from './environment.ts'

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
}

export interface UsageConfig {
  readonly pointsPer1kTokens: string
  readonly webhook: { readonly url: string; readonly token: string | undefined } | undefined
  /** Path of the file of records; undefined: none is kept. */
  readonly file: string | undefined
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
    models: {
      map: values.MODEL_PROVIDER_MAP,
      mapFile: values.MODEL_PROVIDER_MAP_FILE,
      list: values.MODEL_LIST,
      listFile: values.MODEL_LIST_FILE,
      variable: (name) => variable(environment, name),
      allowPrivate: values.ALLOW_PRIVATE_UPSTREAMS,
      log: edge.log,
    },
    timeouts: {
      connect: values.UPSTREAM_TIMEOUT_CONNECT,
      firstByte: values.UPSTREAM_TIMEOUT_FIRST_BYTE,
      idle: values.UPSTREAM_TIMEOUT_IDLE,
      total: values.UPSTREAM_TIMEOUT_TOTAL,
    },
    keepAliveMs: values.STREAM_KEEPALIVE_SECONDS * 1000,
    usage: {
      pointsPer1kTokens: values.POINTS_PER_1K_TOKENS,
      webhook: values.BILLING_WEBHOOK_URL
        ? { url: values.BILLING_WEBHOOK_URL, token: values.BILLING_WEBHOOK_TOKEN }
        : undefined,
      file: values.USAGE_STORE === 'file' ? values.USAGE_FILE : undefined,
    },
  }
}

/** Whether this process runs on the platform (CloudBase documentation, "Environment variables": set by the runtime). */
const isDeployed = (environment: Variables): boolean =>
  ['TENCENTCLOUD_RUNENV', '_SCF_SERVER_PORT', 'SCF_FUNCTIONNAME'].some(
    (name) => variable(environment, name) !== undefined,
  )
