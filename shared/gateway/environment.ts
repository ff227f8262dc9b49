import * as z from 'zod/mini'
import { isTrue, type Variables, variable } from './edge.ts'

const text = () => z.optional(z.string())
const textOr = (fallback: string) => z.prefault(z.string(), fallback)
const flag = () => z.pipe(z.optional(z.string()), z.transform(isTrue))
const oneOf = <const Values extends readonly [string, ...string[]]>(values: Values, fallback: Values[number]) =>
  z.prefault(z.enum(values, `must be one of ${values.join(', ')}`), fallback)
const milliseconds = (fallback: number) =>
  z.prefault(z.coerce.number().check(z.int('must be a whole number'), z.positive('must be above zero')), fallback)
const decimal = (fallback: string) =>
  z.prefault(
    z.string().check(z.trim(), z.regex(/^\d{1,12}(\.\d{1,12})?$/, 'must be a decimal number, zero or above')),
    fallback,
  )
const url = () => z.optional(z.url({ protocol: /^https?$/, error: 'must be an http or https URL' }))
/** JSON in a variable: one pair of quotes around it, as shells and consoles leave them, is taken off. */
const json = () =>
  z.optional(
    z.pipe(
      z.string(),
      z.transform((value) => value.replace(/^(['"])([\s\S]*)\1$/, '$2')),
    ),
  )

/** Every variable that the gateway reads beyond those of the edge (`edge.ts`). The docblocks are the README's table of
 *  variables: `npm run docs` copies them. */
export const environmentSchema = {
  /** CloudBase environment id. Required unless `DISABLE_AUTH=true`. @zh 云开发环境 ID，除非 `DISABLE_AUTH=true`，否则必填。 */
  CLOUDBASE_ENV_ID: text(),
  /** Region of the environment. @zh 环境所在地域。 */
  CLOUDBASE_REGION: textOr('ap-shanghai'),
  /** Overrides the host that issues and checks tokens: https, or http on a loopback host. @zh 覆盖鉴权服务地址：须为 https，回环地址可用 http。 */
  CLOUDBASE_AUTH_ORIGIN: url(),
  /** `true` skips token checks, for development only; a deployed function refuses it unless `ALLOW_INSECURE=true`. @zh 设为 `true` 跳过令牌校验，仅供开发；部署后须同时设置 `ALLOW_INSECURE=true` 才生效。 */
  DISABLE_AUTH: flag(),
  /** `true` confirms that a deployed function may run with `DISABLE_AUTH`. @zh 设为 `true` 表示确认已部署的函数可以关闭鉴权。 */
  ALLOW_INSECURE: flag(),
  /** Key that `POST /admin/reload` expects in `X-Gateway-Key`; unset, the administrator's endpoints are closed. @zh 管理密钥，`POST /admin/reload` 通过 `X-Gateway-Key` 校验；未设置则管理接口关闭。 */
  GATEWAY_ADMIN_KEY: text(),

  /** Model names for `GET /v1/models`, a JSON array or a comma list; empty, the model map's names. @zh 可用模型列表，JSON 数组或逗号分隔；为空时取模型映射的全部名称。 */
  MODEL_LIST: json(),
  /** JSON file with the array of model names; wins over `MODEL_LIST`. @zh 模型列表 JSON 文件，优先于 `MODEL_LIST`。 */
  MODEL_LIST_FILE: text(),
  /** Model map as JSON: model name to provider, base URL and key. @zh 模型映射 JSON：模型名 → 供应商、接口地址、密钥。 */
  MODEL_PROVIDER_MAP: json(),
  /** JSON file with the model map; wins over `MODEL_PROVIDER_MAP` if it holds at least one entry. @zh 模型映射 JSON 文件；只要含有效条目就优先于 `MODEL_PROVIDER_MAP`。 */
  MODEL_PROVIDER_MAP_FILE: text(),

  /** `true` lets `api_base` be http and point at private or loopback addresses, for development and self-hosted models. @zh 设为 `true` 允许 `api_base` 使用 http 或指向内网、回环地址，用于开发或自建模型。 */
  ALLOW_PRIVATE_UPSTREAMS: flag(),
  /** Time for a connection to the provider, in milliseconds. @zh 连接供应商的超时（毫秒）。 */
  UPSTREAM_TIMEOUT_CONNECT: milliseconds(5_000),
  /** Time until the provider's first byte, in milliseconds. @zh 等待供应商首字节的超时（毫秒）。 */
  UPSTREAM_TIMEOUT_FIRST_BYTE: milliseconds(60_000),
  /** Longest silence within an answer, in milliseconds. @zh 回答过程中允许的最长静默（毫秒）。 */
  UPSTREAM_TIMEOUT_IDLE: milliseconds(30_000),
  /** Time for a whole answer, in milliseconds; keep it below the function's own timeout. @zh 整个回答的时限（毫秒），应小于函数自身超时。 */
  UPSTREAM_TIMEOUT_TOTAL: milliseconds(290_000),

  /** Points per 1,000 tokens, a decimal number. @zh 每 1000 个 token 折合的点数，可为小数。 */
  POINTS_PER_1K_TOKENS: decimal('1.0'),
  /** URL that receives every usage record as a POST. @zh 接收用量记录的 Webhook 地址（POST）。 */
  BILLING_WEBHOOK_URL: url(),
  /** Bearer token sent to the webhook. @zh 调用 Webhook 时携带的 Bearer 令牌。 */
  BILLING_WEBHOOK_TOKEN: text(),
  /** Where usage records are kept: `collection` (document database), `mysql`, `file` or `none`. @zh 用量记录的存储位置：`collection`（文档型数据库）、`mysql`、`file` 或 `none`。 */
  USAGE_STORE: oneOf(['collection', 'mysql', 'file', 'none'], 'none'),
  /** File of usage records, one JSON object a line, for `USAGE_STORE=file`. @zh `USAGE_STORE=file` 时的记录文件，每行一个 JSON 对象。 */
  USAGE_FILE: textOr('usage.jsonl'),
}

/** The environment as values: one per variable of the schema. */
export type Environment = {
  readonly [Name in keyof typeof environmentSchema]: z.infer<(typeof environmentSchema)[Name]>
}

/** A variable whose value was not usable and counts as unset. */
export interface EnvironmentProblem {
  readonly variable: string
  /** What its value must be. */
  readonly problem: string
}

/** Reads every variable of the schema. A value that makes no sense counts as unset and is reported by name, never by value. */
export const readEnvironment = (source: Variables): { values: Environment; problems: EnvironmentProblem[] } => {
  const problems: EnvironmentProblem[] = []
  const read = ([name, schema]: [string, z.ZodMiniType]): [string, unknown] => {
    const result = schema.safeParse(variable(source, name))
    if (result.success) return [name, result.data]
    problems.push({ variable: name, problem: result.error.issues[0]?.message ?? 'is not valid' })
    return [name, schema.parse(undefined)]
  }
  const values = Object.fromEntries(Object.entries(environmentSchema).map(read)) as Environment
  return { values, problems }
}
