import type { PageLanguage } from '../design/language.ts'
import { type ChatMessages, chatMessages } from '../parts/messages.ts'

const en = {
  ...chatMessages.en,
  title: 'LLM Gateway · Playground',
  heading: 'Playground',
  credential: 'Access',
  credentialSet: 'Access (set)',
  welcome: 'Ask your gateway something',
  welcomeText: 'Each reply shows its tokens and points, and the code of the same call.',
  examples: ['Count to 12.', '7 + 5 = ?', 'Repeat: hello world'],
  codeTitle: 'The same call as code',
  codeNote: (variable: string) => `Put your credential into ${variable} first.`,
  accessTitle: 'Who calls',
  accessText:
    'The gateway asks who calls. What you enter stays in this tab until you close it, and goes to this gateway only.',
  tokenKind: 'Access token of a user',
  adminKind: 'Admin key',
  secretLabel: 'Token or key',
  save: 'Save',
  remove: 'Remove',
  failures: {
    ...chatMessages.en.failures,
    unreachable: 'The gateway does not reply. Check that it runs and that you are online.',
    missing_credentials: 'The gateway asks who calls. Enter an access token or the admin key.',
    access_token_expired: 'The access token has expired. Sign in again and enter the new one.',
    invalid_admin_key: 'The admin key is wrong. Enter the value of GATEWAY_ADMIN_KEY.',
    upstream_auth: "The provider refuses the gateway's key. Its operator must correct the key.",
    upstream_quota: "The gateway's account at the provider has no credit. Its operator must add some.",
    usage_unavailable: 'The store of usage records cannot be reached. Its operator must look at it.',
    gateway_misconfigured: 'The gateway is not set up correctly. Its log names the problem.',
  },
  statuses: {
    ...chatMessages.en.statuses,
    401: 'The access token is not valid. Enter a new one.',
    402: 'You have too few points for this call. Ask for points, or choose a cheaper model.',
    503: 'The gateway cannot serve this call now. Try again later.',
  },
}

const zh: typeof en = {
  ...chatMessages.zh,
  title: '大模型网关 · 体验页',
  heading: '体验页',
  credential: '身份',
  credentialSet: '身份（已填写）',
  welcome: '向你的网关提个问题',
  welcomeText: '每条回答都会显示 token 数和积分，并可复制同一次调用的代码。',
  examples: ['你好', '数到12', '7 + 5 = ?'],
  codeTitle: '同一次调用的代码',
  codeNote: (variable) => `请先把凭证放进环境变量 ${variable}。`,
  accessTitle: '调用者身份',
  accessText: '网关需要确认调用者。凭证只保存在当前标签页，关闭即清除，也只会发给本网关。',
  tokenKind: '用户的访问令牌',
  adminKind: '管理密钥',
  secretLabel: '令牌或密钥',
  save: '保存',
  remove: '清除',
  failures: {
    ...chatMessages.zh.failures,
    unreachable: '网关没有响应。请确认网关已启动、网络正常。',
    missing_credentials: '网关需要确认调用者。请填写访问令牌或管理密钥。',
    access_token_expired: '访问令牌已过期。请重新登录，再填写新的令牌。',
    invalid_admin_key: '管理密钥不正确。请填写 GATEWAY_ADMIN_KEY 的值。',
    upstream_auth: '供应商拒绝了网关的密钥，需要管理员更正。',
    upstream_quota: '网关在供应商处的余额不足，需要管理员充值。',
    usage_unavailable: '无法访问用量存储，需要管理员检查。',
    gateway_misconfigured: '网关配置有误，具体原因见网关日志。',
  },
  statuses: {
    ...chatMessages.zh.statuses,
    401: '访问令牌无效，请重新填写。',
    402: '积分不足，无法完成这次调用。请补充积分，或换一个更便宜的模型。',
    503: '网关暂时无法处理这次调用，请稍后重试。',
  },
}

/** The texts of the page in one language. */
export type PageMessages = Omit<typeof en, keyof ChatMessages> & ChatMessages

/** The texts of the page. */
export const pageMessages: Readonly<Record<PageLanguage, PageMessages>> = { en, zh }
