import { sslModes } from '../../drivers/mysql-login.ts'
import {
  booleanVariable,
  integerVariable,
  oneOf,
  readVariables,
  textVariable,
  textWithDefault,
  type ValuesOf,
  type Variable,
  type VariableProblem,
  type Variables,
} from './variable.ts'

/** Text that passes a judgement. */
const checkedText = <Fallback extends string | undefined>(
  isFit: (value: string) => boolean,
  must: string,
  fallback: Fallback,
): Variable<string | Fallback> => ({ fallback, read: (value) => (isFit(value) ? value : undefined), must })

const matchingText = <Fallback extends string | undefined>(pattern: RegExp, must: string, fallback: Fallback) =>
  checkedText((value) => pattern.test(value), must, fallback)

/** The longest that a timer of Node can wait is 2 ** 31 - 1 milliseconds. */
const milliseconds = (fallback: number) => integerVariable(fallback, { least: 1, most: 2_147_483_647 })
const tableName = (fallback: string) =>
  matchingText(/^[A-Za-z_]\w{0,63}(\.[A-Za-z_]\w{0,63})?$/, 'must be a name of a table', fallback)
const decimalText = (fallback: string) =>
  matchingText(/^\d{1,12}(\.\d{1,12})?$/, 'must be a decimal number, zero or above', fallback)
/** A name that becomes part of a host name. */
const hostLabel = <Fallback extends string | undefined>(fallback: Fallback) =>
  matchingText(/^[a-z0-9-]{1,63}$/i, 'may hold letters, digits and hyphens only', fallback)
const url = () =>
  checkedText((value) => /^https?:$/.test(getProtocol(value)), 'must be an http or https URL', undefined)
/** An origin that tokens may be sent to: plain http on a loopback host only. */
const authOrigin = () => checkedText(isSafeOrigin, 'must be https, or http on a loopback host', undefined)
const isSafeOrigin = (value: string): boolean =>
  getProtocol(value) === 'https:' ||
  (getProtocol(value) === 'http:' && ['127.0.0.1', '[::1]', 'localhost'].includes(new URL(value).hostname))
const getProtocol = (value: string): string => (URL.canParse(value) ? new URL(value).protocol : '')
/** JSON in a variable: one pair of quotes around it, as shells and consoles leave them, is taken off. */
const jsonText = (): Variable<string | undefined> => ({
  ...textVariable(),
  read: (value) => value.replace(/^(['"])([\s\S]*)\1$/, '$2'),
})

/** Every variable that the gateway reads beyond those of the edge (`edge-variables.ts`). The docblocks are the README's table of
 *  variables: `npm run docs` copies them. */
export const environmentSchema = {
  /** CloudBase environment id. Required unless `DISABLE_AUTH=true`. @zh 云开发环境 ID，除非 `DISABLE_AUTH=true`，否则必填。 */
  CLOUDBASE_ENV_ID: hostLabel(undefined),
  /** Region of the environment. @zh 环境所在地域。 */
  CLOUDBASE_REGION: hostLabel('ap-shanghai'),
  /** Overrides the host that issues and checks tokens: https, or http on a loopback host. @zh 覆盖鉴权服务地址：须为 https，回环地址可用 http。 */
  CLOUDBASE_AUTH_ORIGIN: authOrigin(),
  /** How tokens are checked. `jwks`: signature, then the user's live state; `remote`: the auth service is asked about each; `gateway`: the platform's `x-cloudbase-context` is trusted, only for routes with authentication switched on; `disabled`: like `DISABLE_AUTH=true`. @zh 访问令牌（access token）的校验方式。`jwks`：先验签名再查用户实时状态；`remote`：每次询问鉴权服务；`gateway`：信任平台注入的 `x-cloudbase-context`，仅可用于已开启鉴权的路由；`disabled`：等同 `DISABLE_AUTH=true`。 */
  AUTH_MODE: oneOf(['jwks', 'remote', 'gateway', 'disabled'], 'jwks'),
  /** How long a checked token is believed, in seconds, at most 300: a blocked user stays in no longer. @zh 访问令牌校验结果的缓存秒数，最大 300；用户被封禁后最多在此时间内仍可访问。 */
  AUTH_CACHE_TTL: integerVariable(60, { least: 0, most: 300 }),
  /** `off` trusts the signature alone in `AUTH_MODE=jwks`: faster, but a blocked user stays in until the token expires. @zh 设为 `off` 时 `AUTH_MODE=jwks` 只验签名：更快，但被封禁的用户在访问令牌过期前仍可访问。 */
  AUTH_STATE_CHECK: oneOf(['on', 'off'], 'on'),
  /** `true` lets anonymous users in. @zh 设为 `true` 允许匿名用户访问。 */
  ALLOW_ANONYMOUS: booleanVariable(),
  /** Ids of users who are not let in, separated by commas. @zh 禁止访问的用户 ID，逗号分隔。 */
  DENIED_USERS: textVariable(),
  /** API key of the environment, for the server's own calls to CloudBase. @zh 环境的 API Key，供服务端调用云开发接口。 */
  CLOUDBASE_APIKEY: textVariable(),
  /** Secret id of a key pair of yours, where there is no `CLOUDBASE_APIKEY`; the temporary one that the platform sets is not used. @zh 未设置 `CLOUDBASE_APIKEY` 时使用的密钥 ID；平台注入的临时密钥不会被使用。 */
  TENCENTCLOUD_SECRETID: textVariable(),
  /** Secret key of that pair. @zh 与上述密钥 ID 配对的密钥。 */
  TENCENTCLOUD_SECRETKEY: textVariable(),
  /** Marks the pair as the platform's temporary one, which goes stale in an HTTP function. @zh 表示该密钥对是平台的临时密钥，在 HTTP 函数中会过期。 */
  TENCENTCLOUD_SESSIONTOKEN: textVariable(),
  /** Key of the hash that replaces `user` and `safety_identifier` in forwarded requests; default: `GATEWAY_ADMIN_KEY`, else the environment id. @zh 转发请求中 `user`、`safety_identifier` 字段的哈希密钥；默认取 `GATEWAY_ADMIN_KEY`，否则取环境 ID。 */
  USER_HASH_KEY: textVariable(),
  /** `true` skips token checks, for development only; a deployed function refuses it unless `ALLOW_INSECURE=true`. @zh 设为 `true` 跳过访问令牌校验，仅供开发；部署后须同时设置 `ALLOW_INSECURE=true` 才生效。 */
  DISABLE_AUTH: booleanVariable(),
  /** `true` confirms that a deployed function may run with `DISABLE_AUTH`. @zh 设为 `true` 表示确认已部署的函数可以关闭鉴权。 */
  ALLOW_INSECURE: booleanVariable(),
  /** The administrator's key, sent as `X-Gateway-Key`: opens `POST /admin/reload` and passes on the users' endpoints too, recorded under `admin`. Unset, the administrator's endpoints are closed. @zh 管理密钥，通过 `X-Gateway-Key` 发送：可调用 `POST /admin/reload`，也可调用用户接口（用量记在 `admin` 名下）；未设置则管理接口关闭。 */
  GATEWAY_ADMIN_KEY: textVariable(),

  /** Model names for `GET /v1/models`, a JSON array or a comma list; empty, the model map's names. @zh 可用模型列表，JSON 数组或逗号分隔；为空时取模型映射的全部名称。 */
  MODEL_LIST: jsonText(),
  /** JSON file with the array of model names; wins over `MODEL_LIST`. @zh 模型列表 JSON 文件，优先于 `MODEL_LIST`。 */
  MODEL_LIST_FILE: textVariable(),
  /** Model map as JSON: model name to provider, base URL and key. @zh 模型映射 JSON：模型名 → 供应商、接口地址、密钥。 */
  MODEL_PROVIDER_MAP: jsonText(),
  /** JSON file with the model map; wins over `MODEL_PROVIDER_MAP` if it holds at least one entry. @zh 模型映射 JSON 文件；只要至少含一个条目就优先于 `MODEL_PROVIDER_MAP`。 */
  MODEL_PROVIDER_MAP_FILE: textVariable(),

  /** MySQL data source name of the model map's table and of usage records kept in MySQL, `mysql://user:password@host:3306/db`; percent-encoding is decoded, and `?ssl-mode=verify_identity` turns TLS on. @zh 模型映射表（以及存于 MySQL 的用量记录）所在数据库的 DSN：`mysql://user:password@host:3306/db`；支持百分号编码，`?ssl-mode=verify_identity` 启用 TLS。 */
  MYSQL_DSN: textVariable(),
  /** MySQL host, where there is no `MYSQL_DSN`. @zh MySQL 主机（未设置 `MYSQL_DSN` 时使用）。 */
  MYSQL_HOST: textVariable(),
  /** MySQL port. @zh MySQL 端口。 */
  MYSQL_PORT: integerVariable(3306, { least: 1, most: 65_535 }),
  /** MySQL user. @zh MySQL 用户名。 */
  MYSQL_USER: textVariable(),
  /** MySQL password. @zh MySQL 密码。 */
  MYSQL_PASSWORD: textVariable(),
  /** MySQL database. @zh MySQL 数据库名。 */
  MYSQL_DB: textVariable(),
  /** Whether an instance keeps a MySQL connection open for the model map; `0` closes it after each use. @zh 实例是否为模型映射保持一条 MySQL 连接；`0` 表示用完即关。 */
  MYSQL_POOL_MIN: integerVariable(1, { least: 0, most: 1_000 }),
  /** Most MySQL connections of an instance for usage records; the model map takes one more. @zh 每个实例用于用量记录的 MySQL 连接上限；模型映射另占一条。 */
  MYSQL_POOL_MAX: integerVariable(5, { least: 1, most: 1_000 }),
  /** TLS to MySQL: `disabled`, `required`, `verify_ca` or `verify_identity`; the DSN's `ssl-mode` wins. @zh 连接 MySQL 的 TLS 模式：`disabled`、`required`、`verify_ca` 或 `verify_identity`；DSN 中的 `ssl-mode` 优先。 */
  MYSQL_SSL_MODE: oneOf(sslModes, 'disabled'),
  /** Where the table with the model map is read: `mysql`, or `rdb` for CloudBase's HTTPS API, which needs `CLOUDBASE_APIKEY` and no VPC, or `none`: files alone, though a database is named for other things. Unset: `mysql` where a database is named. @zh 模型映射表的读取方式：`mysql`，或 `rdb`（云开发 HTTPS 接口，需 `CLOUDBASE_APIKEY`，无需 VPC），或 `none`（数据库另有用途，模型只来自文件）；未设置时，配置了数据库则用 `mysql`。 */
  REMOTE_CONFIG_SOURCE: oneOf(['mysql', 'rdb', 'none'], undefined),
  /** Table with the model map, `table` or `database.table`. @zh 模型映射表名：`table` 或 `database.table`。 */
  REMOTE_CONFIG_TABLE: textWithDefault('llm_gateway_model_map'),
  /** Seconds between two looks of an instance at the version of the model map. @zh 实例两次检查模型映射版本的间隔（秒）。 */
  CONFIG_TTL: integerVariable(10, { least: 0, most: 86_400 }),

  /** `true` lets `api_base` be http and point at private or loopback addresses, for development and self-hosted models. @zh 设为 `true` 允许 `api_base` 使用 http 或指向内网、回环地址，用于开发或自建模型。 */
  ALLOW_PRIVATE_UPSTREAMS: booleanVariable(),
  /** Time for a connection to the provider, in milliseconds. @zh 连接供应商的超时（毫秒）。 */
  UPSTREAM_TIMEOUT_CONNECT: milliseconds(5_000),
  /** Time until the provider's first byte, in milliseconds. @zh 等待供应商首字节的超时（毫秒）。 */
  UPSTREAM_TIMEOUT_FIRST_BYTE: milliseconds(60_000),
  /** Longest silence within an answer, in milliseconds. @zh 回答过程中允许的最长静默（毫秒）。 */
  UPSTREAM_TIMEOUT_IDLE: milliseconds(30_000),
  /** Time for a whole answer, in milliseconds; keep it below the function's own timeout. @zh 整个回答的时限（毫秒），应小于函数自身超时。 */
  UPSTREAM_TIMEOUT_TOTAL: milliseconds(290_000),
  /** Longest silence of a stream, in seconds, before the client gets a comment that keeps its connection open; a stream that has not begun by then sends its headers. 0: never. @zh 流式回答静默多少秒后发送一条注释以保持连接；届时尚未开始的回答会先发出响应头。0 表示关闭。 */
  STREAM_KEEPALIVE_SECONDS: integerVariable(15, { least: 0, most: 300 }),

  /** Most answers to one prompt that a request may ask for, by `n` or `best_of`. @zh 单次请求对每个提示最多可要求的回答数（`n`、`best_of`）。 */
  MAX_CHOICES: integerVariable(4, { least: 1, most: 128 }),
  /** Most prompts that a request to `/v1/completions` may hold. @zh 单次 `/v1/completions` 请求最多可包含的提示数。 */
  MAX_PROMPTS: integerVariable(16, { least: 1, most: 2_048 }),
  /** Most requests of a user in any 60 seconds, at most 1000; a request for several answers counts as so many. 0: no limit. @zh 每个用户任意 60 秒内的请求数上限，最大 1000；一次要求多个回答的请求按回答数计。0 表示不限。 */
  RATE_LIMIT_PER_MINUTE: integerVariable(0, { least: 0, most: 1_000 }),
  /** Most requests of a user that may be running at once, at most 100. 0: no limit. @zh 每个用户同时进行中的请求数上限，最大 100。0 表示不限。 */
  MAX_CONCURRENT_STREAMS: integerVariable(0, { least: 0, most: 100 }),

  /** What exports OpenTelemetry's API, so that each request becomes a span: `@opentelemetry/api`, or the path of a file that also registers a tracer provider ([docs/tracing.md](docs/tracing.md)). Unset: no spans. @zh 导出 OpenTelemetry API 的模块，设置后每个请求生成一个 span：`@opentelemetry/api`，或同时注册了 tracer provider 的文件路径（见 [docs/tracing.zh-CN.md](docs/tracing.zh-CN.md)）；未设置则不生成 span。 */
  TRACING_MODULE: textVariable(),

  /** Points per 1,000 tokens, a decimal number; counts where a model has no prices. @zh 每 1000 个 token 折合的积分，可为小数；仅用于未配置价格的模型。 */
  POINTS_PER_1K_TOKENS: decimalText('1.0'),
  /** Points per yuan, a decimal number; counts where a model has prices. @zh 每 1 元折合的积分，可为小数；仅用于已配置价格的模型。 */
  POINTS_PER_YUAN: decimalText('500'),
  /** URL that receives every usage record as a POST. @zh 接收用量记录的 Webhook 地址（POST）。 */
  BILLING_WEBHOOK_URL: url(),
  /** Bearer token sent to the webhook. @zh 调用 Webhook 时携带的 Bearer 令牌。 */
  BILLING_WEBHOOK_TOKEN: textVariable(),
  /** Secret that signs what is sent to the webhook, as Standard Webhooks describes: `whsec_` and base64, or any text. @zh Webhook 签名密钥（Standard Webhooks 规范）：`whsec_` 加 base64，或任意文本。 */
  BILLING_WEBHOOK_SECRET: textVariable(),
  /** Where usage records are kept: `collection` (document database), `mysql`, `file` or `none`. @zh 用量记录的存储位置：`collection`（文档型数据库）、`mysql`、`file` 或 `none`。 */
  USAGE_STORE: oneOf(['collection', 'mysql', 'file', 'none'], 'none'),
  /** Collection of usage records, for `USAGE_STORE=collection`; created when missing. @zh `USAGE_STORE=collection` 时的集合名，不存在时自动创建。 */
  USAGE_COLLECTION: textWithDefault('llm_gateway_usage'),
  /** Table of usage records, for `USAGE_STORE=mysql`; created when missing. @zh `USAGE_STORE=mysql` 时的数据表名，不存在时自动创建。 */
  USAGE_TABLE: tableName('llm_gateway_usage'),
  /** File of usage records, one JSON object a line, for `USAGE_STORE=file`. @zh `USAGE_STORE=file` 时的记录文件，每行一个 JSON 对象。 */
  USAGE_FILE: textWithDefault('usage.jsonl'),
  /** `intent` writes a record before an answer's first byte and again at its end, so that a dying function loses none; `final` writes once, at the end. Unset: `intent` for `collection` and `mysql`, `final` for `file`. @zh `intent`：回答首字节之前先写入一条预记账，结束时再写最终记录，函数中途退出也不丢；`final`：只在结束时写一次。默认 `collection`、`mysql` 为 `intent`，`file` 为 `final`。 */
  USAGE_DURABILITY: oneOf(['intent', 'final'], undefined),
  /** `true` answers even when a record's intent cannot be stored; otherwise such a request gets a 503. @zh 设为 `true` 时，预记账写入失败仍继续回答；否则返回 503。 */
  USAGE_FAIL_OPEN: booleanVariable(),
  /** How often the progress of a stream is stored, in milliseconds, the first time within a second of its first text: at most so much output is missing from the record of an answer whose function died. @zh 流式回答进度的写入间隔（毫秒），首段文字发出后 1 秒内先写一次：函数中途退出时，记录最多漏计这段时间的输出。 */
  USAGE_PROGRESS_INTERVAL: milliseconds(5_000),
}

/** The environment as values: one per variable of the schema. */
export type Environment = ValuesOf<typeof environmentSchema>

/** Reads every variable of the schema. */
export const readEnvironment = (
  source: Variables,
): { readonly values: Environment; readonly problems: readonly VariableProblem[] } =>
  readVariables(environmentSchema, source)
