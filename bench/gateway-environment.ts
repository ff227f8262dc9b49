import { mkdirSync } from 'node:fs'
import { resolve } from 'node:path'
import { environmentId } from './login.ts'
import { mapTable, writeMapFile } from './model-map.ts'

/** The parts of a deployed gateway that are on. */
export interface GatewayParts {
  /** Whether tokens are checked with the keys of the login service. */
  readonly auth: boolean
  /** The destination of usage records: a store of `USAGE_STORE`, or a POST to the webhook for each. */
  readonly usage: 'none' | 'webhook' | 'file' | 'mysql'
  /** The source of the model map. Usage records in MySQL require a map in MySQL. */
  readonly map: 'file' | 'mysql'
  /** Number of models in the map: one of `mapSizes`. */
  readonly models: number
}

/** Returns the environment of the built functions with these parts. The MySQL database is that of `MYSQL_DSN`. */
export const gatewayEnvironment = (
  upstream: string,
  { auth, usage, map, models }: GatewayParts,
): Readonly<Record<string, string>> => {
  mkdirSync('dist/bench', { recursive: true })
  const inTable = map === 'mysql' || usage === 'mysql'
  return {
    ...(inTable
      ? { MYSQL_DSN: process.env['MYSQL_DSN'] ?? '', REMOTE_CONFIG_TABLE: mapTable(models) }
      : { MODEL_PROVIDER_MAP_FILE: writeMapFile({ upstream, models }) }),
    BENCH_API_KEY: 'sk-bench',
    ALLOW_PRIVATE_UPSTREAMS: 'true',
    ...(auth
      ? { AUTH_MODE: 'jwks', CLOUDBASE_ENV_ID: environmentId, CLOUDBASE_AUTH_ORIGIN: upstream }
      : { DISABLE_AUTH: 'true' }),
    ...usageVariables[usage](upstream),
  }
}

const usageVariables: Readonly<Record<GatewayParts['usage'], (upstream: string) => Record<string, string>>> = {
  none: () => ({ USAGE_STORE: 'none' }),
  file: () => ({ USAGE_STORE: 'file', USAGE_FILE: resolve('dist/bench/usage.jsonl') }),
  webhook: (upstream) => ({
    USAGE_STORE: 'none',
    BILLING_WEBHOOK_URL: `${upstream}/webhook`,
    BILLING_WEBHOOK_TOKEN: 'bench',
  }),
  mysql: () => ({ USAGE_STORE: 'mysql' }),
}
