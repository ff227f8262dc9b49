import type { VariableName } from '../variables/variable-tables.ts'

/** The meaning of each variable in Chinese, for docs/configuration.zh-CN.md and .env.zh-CN.example. The English texts are the docblocks of the variables. */
export const chineseTexts: Readonly<Record<VariableName, string>> = {
  HOST: '监听地址；本地网关默认 `127.0.0.1`。',
  PORT: '监听端口；本地网关默认 3000。',
  MAX_BODY_BYTES: '请求体上限（字节）。',
  CORS_ALLOW_ALL: '设为 `true` 时允许所有来源跨域（不带凭证）。',
  CORS_ORIGINS: '允许跨域的来源（如 `https://app.example.com`），逗号分隔。',
  LOG_LEVEL: '日志级别：`error`、`warn`、`info` 或 `debug`，更次要的级别不输出。',
  CLOUDBASE_ENV_ID: '云开发环境 ID。除非 `DISABLE_AUTH=true`，否则必填。',
  CLOUDBASE_REGION: '环境所在地域。',
  CLOUDBASE_AUTH_ORIGIN: '覆盖登录服务的地址：须为 https，回环地址可用 http。',
  AUTH_MODE:
    '访问令牌（access token）的校验方式。`jwks`：先验签名，再查账号状态；`remote`：每个令牌都交给登录服务校验；`gateway`：信任平台注入的 `x-cloudbase-context`，仅可用于已开启鉴权的路由；`disabled`：等同 `DISABLE_AUTH=true`。',
  AUTH_CACHE_TTL: '访问令牌校验结果的缓存秒数，最大 300；用户被封禁后最多在此时间内仍可访问。',
  AUTH_STATE_CHECK: '设为 `off` 时 `AUTH_MODE=jwks` 只验签名：更快，但被封禁的用户在访问令牌过期前仍可访问。',
  ALLOW_ANONYMOUS: '设为 `true` 允许匿名用户访问。',
  DENIED_USERS: '禁止访问的用户 ID，逗号分隔。',
  KEYS: '`on` 为用户提供自己的密钥（`sk-…`），供无法登录的程序使用（见 docs/keys.zh-CN.md）。需要 `USAGE_STORE`，并需要 `CLOUDBASE_APIKEY` 查询密钥所有者的账号状态。',
  KEYS_PER_USER: '每个用户最多可同时持有的有效密钥数，最大 50。',
  KEYS_FROM_BROWSERS: '设为 `true` 时也接受来自网页的密钥；网页里的密钥，任何访客都能看到。',
  CLIENT_ADDRESS_HEADER:
    '请求头名称，其中最后一个地址即客户端地址，用于限定了来源地址的密钥；`none` 表示取连接的地址。',
  CLOUDBASE_APIKEY: '环境的 API Key，网关用它调用云开发接口。',
  TENCENTCLOUD_SECRETID: '未设置 `CLOUDBASE_APIKEY` 时使用的密钥 ID；平台注入的临时密钥不会被使用。',
  TENCENTCLOUD_SECRETKEY: '与上述密钥 ID 配对的密钥。',
  TENCENTCLOUD_SESSIONTOKEN: '表示该密钥对是平台的临时密钥，HTTP 函数运行期间就会过期。',
  USER_HASH_KEY: '转发请求中 `user`、`safety_identifier` 字段的哈希密钥；默认取 `GATEWAY_ADMIN_KEY`，否则取环境 ID。',
  DISABLE_AUTH: '设为 `true` 跳过访问令牌校验，仅供开发；部署后须同时设置 `ALLOW_INSECURE=true` 才生效。',
  ALLOW_INSECURE: '设为 `true` 表示确认已部署的函数可以关闭鉴权。',
  GATEWAY_ADMIN_KEY:
    '管理密钥，通过 `X-Gateway-Key` 发送：可调用 `POST /admin/reload`，也可调用用户接口（用量记在 `admin` 名下）；未设置则管理接口关闭。',
  TICKET_SECRET:
    '签发小程序用户票据（`llm-ticket`，docs/miniprogram.zh-CN.md）的密钥，至少 32 字节；多个以逗号分隔：第一个用于签发，全部可用于校验。未设置则不提供票据。',
  MODEL_LIST: '可用模型列表，JSON 数组或逗号分隔；为空时取模型映射的全部名称。',
  MODEL_LIST_FILE: '模型列表 JSON 文件，优先于 `MODEL_LIST`。',
  MODEL_PROVIDER_MAP: '模型映射 JSON：模型名 → 供应商、接口地址、密钥。',
  MODEL_PROVIDER_MAP_FILE: '模型映射 JSON 文件；只要至少含一个条目就优先于 `MODEL_PROVIDER_MAP`。',
  MYSQL_DSN:
    '模型映射表（以及存于 MySQL 的用量记录）所在数据库的 DSN：`mysql://user:password@host:3306/db`；支持百分号编码，`?ssl-mode=verify_identity` 启用 TLS。',
  MYSQL_HOST: 'MySQL 主机（未设置 `MYSQL_DSN` 时使用）。',
  MYSQL_PORT: 'MySQL 端口。',
  MYSQL_USER: 'MySQL 用户名。',
  MYSQL_PASSWORD: 'MySQL 密码。',
  MYSQL_DB: 'MySQL 数据库名。',
  MYSQL_POOL_MIN: '设为 `0` 时，实例的 MySQL 连接在全部空闲时关闭；其他值则保持连接。',
  MYSQL_POOL_MAX: '每个实例的 MySQL 连接上限；模型映射、用量记录和限额共用这些连接。',
  MYSQL_SSL_MODE:
    '连接 MySQL 的 TLS 模式：`disabled`、`required`、`verify_ca` 或 `verify_identity`；DSN 中的 `ssl-mode` 优先。',
  REMOTE_CONFIG_SOURCE:
    '模型映射表的读取方式：`mysql`，或 `rdb`（云开发 HTTPS 接口，需 `CLOUDBASE_APIKEY`，无需 VPC），或 `none`（数据库另有用途，模型只来自文件）；未设置时，配置了数据库则用 `mysql`。',
  REMOTE_CONFIG_TABLE: '模型映射表名：`table` 或 `database.table`。',
  CONFIG_TTL: '实例两次检查模型映射版本的间隔（秒）。',
  ALLOW_PRIVATE_UPSTREAMS: '设为 `true` 允许 `api_base` 使用 http 或指向内网、回环地址，用于开发或自建模型。',
  UPSTREAM_TIMEOUT_CONNECT: '连接供应商的超时（毫秒）。',
  UPSTREAM_TIMEOUT_FIRST_BYTE: '等待供应商首字节的超时（毫秒）。',
  UPSTREAM_TIMEOUT_IDLE: '响应过程中允许的最长静默（毫秒）。',
  UPSTREAM_TIMEOUT_TOTAL: '整个响应的时限（毫秒），应小于函数自身超时。',
  STREAM_KEEPALIVE_SECONDS:
    '流式响应静默多少秒后发送一条注释以保持连接；届时尚未开始的响应会先发出响应头。0 表示关闭。',
  MAX_CHOICES: '单次请求对每个提示词最多可要求的结果数（`n`、`best_of`）。',
  MAX_PROMPTS: '单次 `/v1/completions` 请求最多可包含的提示词数。',
  RATE_LIMIT_PER_MINUTE: '每个用户任意 60 秒内的请求数上限，最大 1000；一次要求多个结果的请求按结果数计。0 表示不限。',
  MAX_CONCURRENT_STREAMS: '每个用户同时进行中的请求数上限，最大 100。0 表示不限。',
  TRACING_MODULE:
    '导出 OpenTelemetry API 的模块，设置后每个请求生成一个 span：`@opentelemetry/api`，或同时注册了 tracer provider 的文件路径（见 docs/tracing.zh-CN.md）；未设置则不生成 span。',
  POINTS_PER_1K_TOKENS:
    '每 1000 个 token 折合的积分，可为小数，如 `0.5`、`1e-3`；仅用于未配置价格的模型。取值不是数字时，所有调用返回 503。',
  POINTS_PER_YUAN: '每 1 元折合的积分，可为小数；仅用于已配置价格的模型。取值不是数字时，所有调用返回 503。',
  BILLING_WEBHOOK_URL: '接收用量记录的 Webhook 地址（POST）。',
  BILLING_WEBHOOK_TOKEN: '调用 Webhook 时携带的 Bearer 令牌。',
  BILLING_WEBHOOK_SECRET: 'Webhook 签名密钥（Standard Webhooks 规范）：`whsec_` 加 base64，或任意文本。',
  USAGE_STORE:
    '用量记录的存储位置：`collection`（文档型数据库）、`mysql`、`rdb`（通过 HTTPS 访问环境自带的 PostgreSQL，需 `CLOUDBASE_APIKEY`）、`file` 或 `none`。',
  USAGE_COLLECTION: '`USAGE_STORE=collection` 时的集合名，不存在时自动创建。',
  USAGE_TABLE: '`USAGE_STORE=mysql` 时的数据表名，不存在时自动创建；`rdb` 时为 `table` 或 `schema.table`。',
  USAGE_FILE: '`USAGE_STORE=file` 时的记录文件，每行一个 JSON 对象。',
  USAGE_DURABILITY:
    '`intent`：响应首字节之前先写入一条预登记，结束时再写最终记录，函数中途退出也不丢；`final`：只在结束时写一次。默认为 `intent`，`file` 为 `final`。',
  USAGE_FAIL_OPEN: '设为 `true` 时，预登记写入失败仍继续响应；否则返回 503。',
  QUOTAS:
    '额度，JSON 数组：按用户、用户组、模型或全部调用限定请求数、token 数或积分（见 docs/limits.zh-CN.md）。需要 `USAGE_STORE=collection`、`mysql` 或 `rdb`。`store` 表示保存在该存储中，用 `npm run quotas` 编辑。定义有误时所有调用返回 503。',
  QUOTAS_FILE: '额度 JSON 文件，优先于 `QUOTAS`。修改后在 `CONFIG_TTL` 内生效。',
  WALLET:
    '`on` 为每个用户开设钱包：调用供应商之前先冻结本次最多可能消耗的积分，积分不足时返回 402。需要 `USAGE_STORE=collection`、`mysql` 或 `rdb`，在本机也可用 `file`。',
  DAILY_POINTS: '每个用户在当天（中国时间）第一次调用时获赠的积分，零点过期。',
  MODERATION:
    '用什么检查文本：`words` 为自备词表，`tms` 为腾讯云文本内容安全，`wechat` 为小程序内容安全，`webhook` 为自建接口（见 docs/moderation.zh-CN.md），`off` 为不检查。取值不在其中时，所有调用返回 503。',
  MODERATION_ANSWERS:
    '检查哪些回答：`window` 检查时只扣住流式响应末尾的字符，`whole` 全部检查完才发送，`off` 不检查。模型条目的 `moderation` 优先。',
  MODERATION_WORDS:
    '不允许出现的词，每行一个；单独一行的 `[标签]` 说明其下各词的类别。含有这些词的文本不会再交给服务检查。`store` 表示保存在 `USAGE_STORE` 的存储（`collection`、`mysql` 或 `rdb`）中，用 `npm run words` 编辑。',
  MODERATION_WORDS_FILE: '词表文件，优先于 `MODERATION_WORDS`。修改后在 `CONFIG_TTL` 内生效。',
  MODERATION_FAIL_OPEN: '设为 `true` 时，无法检查的调用照常响应；否则返回 503。',
  MODERATION_REFUSAL: '拦截时代替错误、以普通响应返回给用户的一句话；未设置时，被拦截的提示词返回 400。',
  MODERATION_TIMEOUT: '服务单次检查的时限（毫秒）。',
  MODERATION_WEBHOOK_URL: '`MODERATION=webhook` 时自建检查接口的地址，每段文本以 POST 发送。',
  MODERATION_WEBHOOK_TOKEN: '调用该接口时携带的 Bearer 令牌。',
  TMS_SECRET_ID: '`MODERATION=tms` 时，可调用文本内容安全的腾讯云密钥 ID。',
  TMS_SECRET_KEY: '与上述密钥 ID 配对的密钥。',
  TMS_REGION: '文本内容安全的地域。',
  TMS_BIZ_TYPE: '文本内容安全的策略（`BizType`），在其控制台创建；未设置则用默认策略。',
  TMS_ORIGIN: '文本内容安全的地址。',
  WECHAT_APPID: '`MODERATION=wechat` 时，被检查用户所属小程序的 AppID。',
  WECHAT_SECRET: '该小程序的密钥（AppSecret）。',
  WECHAT_ORIGIN: '微信接口的地址。',
  USAGE_PROGRESS_INTERVAL:
    '流式响应进度的写入间隔（毫秒），首段文字发出后 1 秒内先写一次：函数中途退出时，记录最多漏计这段时间的输出。',
  ALERT_WEBHOOK_URL:
    '接收告警的地址：企业微信、钉钉或飞书机器人，或接收 JSON 的其他地址（见 docs/operations.zh-CN.md）。需要 `USAGE_STORE=collection`、`mysql` 或 `rdb`。不设置则没有告警。',
  ALERT_WEBHOOK_SECRET:
    '告警签名密钥：钉钉、飞书机器人的加签密钥；JSON 则为 `whsec_` 加 base64，或任意文本（Standard Webhooks 规范）。',
  ALERT_DAILY_POINTS: '全部用户一天（中国时间）消耗的积分超过此值时告警。`0` 表示不限。',
  ALERT_DAILY_YUAN: '供应商一天（中国时间）的费用（元）超过此值时告警。`0` 表示不限。',
  ALERT_LOW_BALANCE: '用户钱包的积分降到此值以下时告警（每日积分到期除外）。`0` 表示不限。',
}
