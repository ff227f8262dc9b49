import { mkdirSync, writeFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { environmentId } from './login.ts'
import { modelFor, scripts } from './wire/script.ts'

/** Which parts of a deployed gateway are switched on. */
export interface GatewayParts {
  /** Tokens are checked against the login service's keys. */
  readonly auth: boolean
  /** Where usage records go: a store of `USAGE_STORE`, or a POST to the webhook for each. */
  readonly usage: 'none' | 'webhook' | 'file' | 'mysql'
  /** Number of models in the map. */
  readonly models: number
}

/** A model map whose last names are those the benchmark uses, and the file that holds it. */
const mapFile = (upstream: string, size: number): string => {
  const names = Object.values(scripts).map(modelFor)
  const others = Array.from({ length: Math.max(0, size - names.length) }, (_, index) => `model-${index}`)
  const entry = { provider: 'openai', api_base: `${upstream}/v1`, api_key_env: 'BENCH_API_KEY', enabled: true }
  const file = resolve('dist/bench', `map-${size}.json`)
  writeFileSync(file, JSON.stringify(Object.fromEntries([...others, ...names].map((name) => [name, entry]))))
  return file
}

/** The environment of the built functions, with the given parts switched on. `MYSQL_DSN` is handed on for `usage: 'mysql'`. */
export const gatewayEnvironment = (
  upstream: string,
  { auth, usage, models }: GatewayParts,
): Readonly<Record<string, string>> => {
  mkdirSync('dist/bench', { recursive: true })
  const map = {
    MODEL_PROVIDER_MAP_FILE: mapFile(upstream, models),
    BENCH_API_KEY: 'sk-bench',
    ALLOW_PRIVATE_UPSTREAMS: 'true',
  }
  const login = auth
    ? { AUTH_MODE: 'jwks', CLOUDBASE_ENV_ID: environmentId, CLOUDBASE_AUTH_ORIGIN: upstream }
    : { DISABLE_AUTH: 'true' }
  const usageOf = {
    none: { USAGE_STORE: 'none' },
    webhook: { USAGE_STORE: 'none', BILLING_WEBHOOK_URL: `${upstream}/webhook`, BILLING_WEBHOOK_TOKEN: 'bench' },
    file: { USAGE_STORE: 'file', USAGE_FILE: resolve('dist/bench/usage.jsonl') },
    mysql: { USAGE_STORE: 'mysql', MYSQL_DSN: process.env['MYSQL_DSN'] ?? '' },
  } satisfies Record<GatewayParts['usage'], Record<string, string>>
  return { ...map, ...login, ...usageOf[usage] }
}
