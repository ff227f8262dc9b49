import type { InEachLanguage } from '../language.ts'

/** A variable with its line in `.env.example`. */
interface ToolVariable {
  readonly name: string
  readonly text: InEachLanguage<string>
}

/** The variables that only the commands of `npm run` read, and no function gets. */
export const toolVariables: readonly ToolVariable[] = [
  {
    name: 'TENCENTCLOUD_SECRETID',
    text: {
      en: 'Key pair for the deployment (console: Access Management > API Keys). No function gets it.',
      zh: '用于部署的密钥对（控制台：访问管理 > API 密钥管理），不会进入任何云函数。',
    },
  },
  { name: 'TENCENTCLOUD_SECRETKEY', text: { en: 'The secret part of the key pair.', zh: '密钥对中的 SecretKey。' } },
  {
    name: 'GATEWAY_FUNCTIONS',
    text: {
      en: 'Optional functions to deploy, separated by commas: `embeddings`, `messages`, `moderations`, `rerank`, `responses`. Default: none of them.',
      zh: '要部署的可选函数，用逗号分隔：`embeddings`、`messages`、`moderations`、`rerank`、`responses`。默认都不部署。',
    },
  },
  {
    name: 'GATEWAY_DOMAIN',
    text: {
      en: 'Domain of the HTTP access service for the gateway. Default: that of the environment.',
      zh: '网关在 HTTP 访问服务中使用的域名。默认使用环境自带的域名。',
    },
  },
  {
    name: 'GATEWAY_QPS_TOTAL',
    text: {
      en: 'Rate limit of each route on the platform, in requests per second. Default: routes keep theirs.',
      zh: '平台上每个路由的限频（每秒请求数）。默认保持路由现有的设置。',
    },
  },
  {
    name: 'GATEWAY_QPS_PER_CLIENT',
    text: { en: 'The same for each client address, 0 to 30.', zh: '同上，按客户端地址限频，0 到 30。' },
  },
  {
    name: 'GATEWAY_TOKEN',
    text: {
      en: 'Access token of a test user for npm run chat and npm run smoke. Default: the admin key is used.',
      zh: '测试用户的访问令牌，供 npm run chat 和 npm run smoke 使用。默认使用管理密钥。',
    },
  },
  {
    name: 'LOG_FORMAT',
    text: {
      en: 'Log lines of npm run dev and npm start: `text` (short lines, the default on a terminal) or `json`.',
      zh: 'npm run dev 和 npm start 的日志格式：`text`（短行，终端中的默认值）或 `json`。',
    },
  },
  {
    name: 'PROBE_TOKEN',
    text: {
      en: 'Access token of a test user for npm run doctor -- --probe, which shows its claims and the reply of the login service.',
      zh: '测试用户的访问令牌，供 npm run doctor -- --probe 查看其声明以及登录服务的响应。',
    },
  },
  {
    name: 'PROBE_BLOCKED_TOKEN',
    text: {
      en: 'Access token of a user who is blocked or signed out, to test whether that takes effect at once.',
      zh: '已被封禁或已退出登录的用户的访问令牌，用于检查是否立即生效。',
    },
  },
  {
    name: 'PROBE_PUBLISHABLE_KEY',
    text: {
      en: 'A publishable key (console: Environment > API Key), to test the reply of the login service.',
      zh: '环境的 Publishable Key（控制台：环境配置 > ApiKey 管理），用于检查登录服务的响应。',
    },
  },
  {
    name: 'PROBE_OTHER_ORIGIN',
    text: {
      en: 'https://<another environment>.api.tcloudbasegateway.com, to test whether both sign with the same keys. Only if the account has one environment.',
      zh: 'https://<另一个环境>.api.tcloudbasegateway.com，用于检查两个环境是否使用相同的签名密钥。仅当账号下只有一个环境时需要。',
    },
  },
]

/** Part of a temporary key pair. It has no line in `.env.example`, because few people use one. */
const sessionToken = 'TENCENTCLOUD_SESSIONTOKEN'

/** The names of the variables that only tools read. */
export const toolVariableNames: readonly string[] = [...toolVariables.map(({ name }) => name), sessionToken]

/** Whether only tools read a variable. */
export const isToolVariable = (name: string): boolean => toolVariableNames.includes(name)
