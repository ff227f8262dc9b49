import { sslModes } from '../../../drivers/mysql-login.ts'
import { authOrigin, chargingRate, hostLabel, jsonText, milliseconds, secretList, tableName, webUrl } from './kinds.ts'
import {
  booleanVariable,
  integerVariable,
  oneOf,
  readVariables,
  stopping,
  textVariable,
  textWithDefault,
  type ValuesOf,
  type VariableProblem,
  type Variables,
} from './variable.ts'

/** Every variable that the gateway reads, except those of the HTTP server (`server-variables.ts`). `npm run docs` copies the
 *  docblocks into docs/configuration.md; their Chinese is in `scripts/docs/variables.zh.ts`. */
export const environmentSchema = {
  /** Id of the CloudBase environment. Required unless `DISABLE_AUTH=true`. */
  CLOUDBASE_ENV_ID: hostLabel(undefined),
  /** Region of the environment. */
  CLOUDBASE_REGION: hostLabel('ap-shanghai'),
  /** Overrides the origin of the login service: https, or http on a loopback host. */
  CLOUDBASE_AUTH_ORIGIN: authOrigin(),
  /** How tokens are checked. `jwks`: the signature, then the state of the user's account; `remote`: the login service
   *  checks each token; `gateway`: the platform's `x-cloudbase-context` is trusted, only for routes with authentication
   *  switched on; `disabled`: same as `DISABLE_AUTH=true`. */
  AUTH_MODE: oneOf(['jwks', 'remote', 'gateway', 'disabled'], 'jwks'),
  /** Seconds for which the result of a token check is cached, at most 300. A blocked user can call no longer than
   *  that. */
  AUTH_CACHE_TTL: integerVariable(60, { least: 0, most: 300 }),
  /** `off` makes `AUTH_MODE=jwks` check the signature only: faster, but a blocked user can call until the token
   *  expires. */
  AUTH_STATE_CHECK: oneOf(['on', 'off'], 'on'),
  /** `true` lets anonymous users call. */
  ALLOW_ANONYMOUS: booleanVariable(),
  /** Ids of users who may not call, separated by commas. */
  DENIED_USERS: textVariable(),
  /** `on` gives users keys of their own (`sk-…`) for programs that cannot sign in (docs/keys.md). Needs `USAGE_STORE`, and
   *  `CLOUDBASE_APIKEY` to check the accounts of their owners. */
  KEYS: oneOf(['on', 'off'], 'off'),
  /** API key of the environment, for the gateway's own calls to CloudBase. */
  CLOUDBASE_APIKEY: textVariable(),
  /** Secret id of your own key pair, used if `CLOUDBASE_APIKEY` is unset. The platform's temporary key pair is never
   *  used. */
  TENCENTCLOUD_SECRETID: textVariable(),
  /** Secret key of that pair. */
  TENCENTCLOUD_SECRETKEY: textVariable(),
  /** Marks the pair as the platform's temporary one, which expires while an HTTP function still runs. */
  TENCENTCLOUD_SESSIONTOKEN: textVariable(),
  /** Key of the hash that replaces `user` and `safety_identifier` in forwarded requests. Default: `GATEWAY_ADMIN_KEY`,
   *  or else the environment id. */
  USER_HASH_KEY: textVariable(),
  /** `true` skips token checks, for development only. A deployed function refuses it unless `ALLOW_INSECURE=true`. */
  DISABLE_AUTH: booleanVariable(),
  /** `true` confirms that a deployed function may run with `DISABLE_AUTH`. */
  ALLOW_INSECURE: booleanVariable(),
  /** The administrator's key, sent as `X-Gateway-Key`. It opens `POST /admin/reload`, and the users' endpoints too,
   *  whose usage is recorded under `admin`. If unset, the administrator's endpoints are closed. */
  GATEWAY_ADMIN_KEY: textVariable(),
  /** Secret that signs the tickets of mini-program users (`llm-ticket`, docs/miniprogram.md), of 32 bytes or more. Several
   *  are separated by commas: the first signs, all are accepted. If unset, there are no tickets. */
  TICKET_SECRET: secretList(),

  /** Model names for `GET /v1/models`, as a JSON array or separated by commas. If empty: all names of the model map. */
  MODEL_LIST: jsonText(),
  /** JSON file with the array of model names. It takes precedence over `MODEL_LIST`. */
  MODEL_LIST_FILE: textVariable(),
  /** Model map as JSON: from model names to provider, base URL and key. */
  MODEL_PROVIDER_MAP: jsonText(),
  /** JSON file with the model map. It takes precedence over `MODEL_PROVIDER_MAP` if it holds at least one entry. */
  MODEL_PROVIDER_MAP_FILE: textVariable(),

  /** MySQL database of the model map's table and of usage records in MySQL: `mysql://user:password@host:3306/db`.
   *  Percent-encoding is decoded; `?ssl-mode=verify_identity` turns TLS on. */
  MYSQL_DSN: textVariable(),
  /** MySQL host, used if `MYSQL_DSN` is unset. */
  MYSQL_HOST: textVariable(),
  /** MySQL port. */
  MYSQL_PORT: integerVariable(3306, { least: 1, most: 65_535 }),
  /** MySQL user. */
  MYSQL_USER: textVariable(),
  /** MySQL password. */
  MYSQL_PASSWORD: textVariable(),
  /** MySQL database. */
  MYSQL_DB: textVariable(),
  /** `0` closes the MySQL connections of an instance when none is in use. Any other number keeps them open. */
  MYSQL_POOL_MIN: integerVariable(1, { least: 0, most: 1_000 }),
  /** Most MySQL connections of an instance. The model map, usage records and limits share them. */
  MYSQL_POOL_MAX: integerVariable(5, { least: 1, most: 1_000 }),
  /** TLS to MySQL: `disabled`, `required`, `verify_ca` or `verify_identity`. The `ssl-mode` of the DSN takes
   *  precedence. */
  MYSQL_SSL_MODE: oneOf(sslModes, 'disabled'),
  /** How the table of the model map is read: `mysql`; `rdb`: CloudBase's HTTPS API, which needs `CLOUDBASE_APIKEY` and
   *  no VPC; `none`: models come from files only, and the database serves other things. If unset: `mysql` if a database
   *  is configured. */
  REMOTE_CONFIG_SOURCE: oneOf(['mysql', 'rdb', 'none'], undefined),
  /** Table with the model map: `table` or `database.table`. */
  REMOTE_CONFIG_TABLE: textWithDefault('llm_gateway_model_map'),
  /** Seconds between two checks of the model map's version by an instance. */
  CONFIG_TTL: integerVariable(10, { least: 0, most: 86_400 }),

  /** `true` lets `api_base` use http and private or loopback addresses, for development and self-hosted models. */
  ALLOW_PRIVATE_UPSTREAMS: booleanVariable(),
  /** Time to connect to the provider, in milliseconds. */
  UPSTREAM_TIMEOUT_CONNECT: milliseconds(5_000),
  /** Time until the provider's first byte, in milliseconds. */
  UPSTREAM_TIMEOUT_FIRST_BYTE: milliseconds(60_000),
  /** Longest silence within a response, in milliseconds. */
  UPSTREAM_TIMEOUT_IDLE: milliseconds(30_000),
  /** Time for a whole response, in milliseconds. Keep it below the function's own timeout. */
  UPSTREAM_TIMEOUT_TOTAL: milliseconds(290_000),
  /** Seconds of silence after which a stream sends a comment to keep the connection open. A stream that has not started
   *  by then sends its headers first. 0: never. */
  STREAM_KEEPALIVE_SECONDS: integerVariable(15, { least: 0, most: 300 }),

  /** Most choices for one prompt that a request may ask for (`n`, `best_of`). */
  MAX_CHOICES: integerVariable(4, { least: 1, most: 128 }),
  /** Most prompts in one request to `/v1/completions`. */
  MAX_PROMPTS: integerVariable(16, { least: 1, most: 2_048 }),
  /** Most requests of a user in any 60 seconds, at most 1000. A request for several choices counts once for each. 0: no
   *  limit. */
  RATE_LIMIT_PER_MINUTE: integerVariable(0, { least: 0, most: 1_000 }),
  /** Most running requests of a user, at most 100. 0: no limit. */
  MAX_CONCURRENT_STREAMS: integerVariable(0, { least: 0, most: 100 }),

  /** Quotas as a JSON array: requests, tokens or points for each user, group or model, or for all calls (docs/limits.md). They
   *  need `USAGE_STORE=collection`, `mysql` or `rdb`. `store`: they are kept in that store, and `npm run quotas` edits them. A
   *  definition that cannot be used stops all calls. */
  QUOTAS: jsonText(),
  /** JSON file with the quotas. It takes precedence over `QUOTAS`. An edit is in use within `CONFIG_TTL`. */
  QUOTAS_FILE: textVariable(),

  /** Module that exports OpenTelemetry's API: `@opentelemetry/api`, or the path of a file that also registers a tracer
   *  provider. Each request then becomes a span (docs/tracing.md). If unset: no spans. */
  TRACING_MODULE: textVariable(),

  /** Points per 1,000 tokens, a decimal number such as `0.5` or `1e-3`. Used for models without prices. A value that is
   *  not a number stops all calls. */
  POINTS_PER_1K_TOKENS: chargingRate('1.0'),
  /** Points per yuan, a decimal number. Used for models with prices. A value that is not a number stops all calls. */
  POINTS_PER_YUAN: chargingRate('500'),
  /** URL that receives each usage record as a POST. */
  BILLING_WEBHOOK_URL: webUrl(undefined),
  /** Bearer token sent to the webhook. */
  BILLING_WEBHOOK_TOKEN: textVariable(),
  /** Secret that signs posts to the webhook (Standard Webhooks): `whsec_` and base64, or any text. */
  BILLING_WEBHOOK_SECRET: textVariable(),
  /** Store of usage records: `collection` (document database), `mysql`, `rdb` (the environment's PostgreSQL over HTTPS, needs
   *  `CLOUDBASE_APIKEY`), `file` or `none`. */
  USAGE_STORE: oneOf(['collection', 'mysql', 'rdb', 'file', 'none'], 'none'),
  /** Collection of usage records for `USAGE_STORE=collection`. Created if missing. */
  USAGE_COLLECTION: textWithDefault('llm_gateway_usage'),
  /** Table of usage records for `USAGE_STORE=mysql`, created if missing, and for `rdb`: `table` or `schema.table`. */
  USAGE_TABLE: tableName('llm_gateway_usage'),
  /** File of usage records for `USAGE_STORE=file`, one JSON object a line. */
  USAGE_FILE: textWithDefault('usage.jsonl'),
  /** `intent` writes a record before the first byte of a reply and again at its end, so a function that dies loses
   *  none. `final` writes once, at the end. If unset: `intent`; for `file`, `final`. */
  USAGE_DURABILITY: oneOf(['intent', 'final'], undefined),
  /** `true` serves a request even if the intent of its record cannot be stored. Otherwise it gets a 503. */
  USAGE_FAIL_OPEN: booleanVariable(),
  /** Milliseconds between two writes of a stream's progress; the first is within a second of the first text. If the
   *  function dies, the record misses at most the output of this time. */
  USAGE_PROGRESS_INTERVAL: milliseconds(5_000),

  /** `on` gives each user a wallet: a call holds the most that it may cost before its provider is called, and a user
   *  without enough points gets a 402. Needs `USAGE_STORE=collection`, `mysql` or `rdb`; `file` on your own machine. */
  WALLET: stopping(oneOf(['on', 'off'], 'off')),
  /** Points that each user gets on the first call of a day in China. They are gone at midnight. */
  DAILY_POINTS: integerVariable(0, { least: 0, most: 1_000_000_000 }),
}

/** The environment as values: one per variable of the schema. */
export type Environment = ValuesOf<typeof environmentSchema>

/** Reads every variable of the schema. */
export const readEnvironment = (
  source: Variables,
): { readonly values: Environment; readonly problems: readonly VariableProblem[] } =>
  readVariables(environmentSchema, source)
