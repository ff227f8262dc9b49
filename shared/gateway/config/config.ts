import type { AuthOptions } from '../../auth/authenticate.ts'
import { createHashUser, type HashUser } from '../../auth/user-hash.ts'
import type { LimitBounds } from '../../limits/limit-store.ts'
import type { RegistryOptions } from '../../models/registry.ts'
import type { CallCaps } from '../../protocol/call-caps.ts'
import type { Timeouts } from '../../providers/transport/deadlines.ts'
import type { NetworkOptions } from '../../providers/transport/http-transport.ts'
import { once } from '../../runtime/memoize.ts'
import type { AlertsSource } from './alerts-config.ts'
import { createAuthConfig } from './auth-config.ts'
import { createDefinitionConfig, type DefinitionConfig } from './definition-config.ts'
import type { KeysSource } from './keys-config.ts'
import { createModelsConfig } from './models-config.ts'
import type { ModerationSource } from './moderation-config.ts'
import { readServerConfig, type ServerConfig } from './server-config.ts'
import { createUsageConfig, type UsageConfig } from './usage-config.ts'
import { type Environment, readEnvironment } from './variables/environment.ts'
import { getVariable, logIgnored, type Variables } from './variables/variable.ts'
import { createWalletConfig, type WalletConfig } from './wallet-config.ts'

/** The configuration of a function that needs users and models only. */
export interface CoreConfig {
  readonly server: ServerConfig
  readonly auth: AuthOptions
  readonly keys: KeysSource | undefined
  readonly models: RegistryOptions
  /** What providers' addresses may be. */
  readonly network: NetworkOptions
}

/** The gateway's configuration: the options of each room. Only `gateway/config/` reads the environment. */
export interface Config extends CoreConfig {
  /** Returns the name under which a provider sees a user. */
  readonly hashUser: HashUser
  /** From this follow the keys of what clients keep for the gateway; undefined: they keep nothing sealed. */
  readonly sealSecret: string | undefined
  readonly timeouts: Timeouts
  /** The maximum silence of a stream, in milliseconds, before a comment is sent. 0: no comments. */
  readonly keepAliveMs: number
  readonly usage: UsageConfig
  readonly wallet: WalletConfig
  readonly limits: CallCaps & LimitBounds
  /** Undefined: nothing is limited by quotas. */
  readonly quotas: DefinitionConfig | undefined
  readonly moderation: ModerationSource
  readonly alerts: AlertsSource
}

/** Options that a function sets itself. */
export interface CoreConfigOptions {
  /** `false`: no database connection stays open between two uses, whatever `MYSQL_POOL_MIN` is. Default `true`. */
  readonly keepConnections?: boolean
}

/** Reads the configuration from an environment and logs every variable with an invalid value. */
export const readConfig = (environment: Variables): Config => {
  const { values, ...core } = readParts(environment)
  const usage = createUsageConfig(values, core.server.log)
  return {
    ...core,
    server: values.TRACING_MODULE ? withTracing(core.server, values.TRACING_MODULE) : core.server,
    hashUser: createHashUser(values.USER_HASH_KEY ?? values.GATEWAY_ADMIN_KEY ?? values.CLOUDBASE_ENV_ID ?? ''),
    sealSecret: values.USER_HASH_KEY ?? values.GATEWAY_ADMIN_KEY,
    timeouts: {
      connect: values.UPSTREAM_TIMEOUT_CONNECT,
      firstByte: values.UPSTREAM_TIMEOUT_FIRST_BYTE,
      idle: values.UPSTREAM_TIMEOUT_IDLE,
      total: values.UPSTREAM_TIMEOUT_TOTAL,
    },
    keepAliveMs: values.STREAM_KEEPALIVE_SECONDS * 1000,
    usage,
    wallet: createWalletConfig(values, { store: usage.store, deployed: isDeployed(environment) }, core.server.log),
    limits: {
      maxChoices: values.MAX_CHOICES,
      maxPrompts: values.MAX_PROMPTS,
      perMinute: values.RATE_LIMIT_PER_MINUTE,
      concurrent: values.MAX_CONCURRENT_STREAMS,
    },
    quotas: createDefinitionConfig({
      text: values.QUOTAS,
      file: values.QUOTAS_FILE,
      ttlMs: values.CONFIG_TTL * 1_000,
    }),
    moderation: createModerationSource(environment, values),
    alerts: getVariable(environment, 'ALERT_WEBHOOK_URL') === undefined ? undefined : { environment },
  }
}

/** Reads the part of the configuration for a function that calls no provider and stores no records. */
export const readCoreConfig = (environment: Variables, options: CoreConfigOptions = {}): CoreConfig =>
  readParts(environment, options)

const readParts = (
  environment: Variables,
  { keepConnections = true }: CoreConfigOptions = {},
): CoreConfig & { readonly values: Environment } => {
  const server = readServerConfig(environment)
  const { values: read, problems } = readEnvironment(environment)
  logIgnored(problems, server.log)
  const values = keepConnections ? read : { ...read, MYSQL_POOL_MIN: 0 }
  return {
    values,
    server,
    auth: createAuthConfig(values, { deployed: isDeployed(environment), log: server.log }),
    keys: values.KEYS === 'on' ? { environment, values } : undefined,
    models: createModelsConfig(values, environment, server),
    network: { allowPrivate: values.ALLOW_PRIVATE_UPSTREAMS },
  }
}

/** Adds tracing to a server: each request becomes a span as well as a log line. The module is loaded at once; if it cannot be, the
 *  span is lost and the next one tries again. */
const withTracing = (server: ServerConfig, module: string): ServerConfig => {
  const loadTrace = once(async () => (await import('./tracing.ts')).createTracing({ ...server, module }))
  loadTrace().catch(() => undefined)
  return {
    ...server,
    onRequestEnd: (fields) =>
      void loadTrace().then(
        (recordSpan) => recordSpan(fields),
        () => undefined,
      ),
  }
}

/** Few gateways check texts, so the variables are read later, apart from the others. */
const createModerationSource = (environment: Variables, { CONFIG_TTL }: Environment): ModerationSource =>
  (getVariable(environment, 'MODERATION') ?? 'off') === 'off' ? undefined : { environment, ttlMs: CONFIG_TTL * 1_000 }

/** Whether this process runs on the platform. The runtime sets these variables (CloudBase documentation, "Environment
 *  variables"). */
const isDeployed = (environment: Variables): boolean =>
  ['TENCENTCLOUD_RUNENV', '_SCF_SERVER_PORT', 'SCF_FUNCTIONNAME'].some(
    (name) => getVariable(environment, name) !== undefined,
  )
