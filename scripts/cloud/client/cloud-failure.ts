import type { InEachLanguage, Language } from '../../language.ts'
import { DeploymentError } from './deployment-error.ts'

interface Advice {
  /** Matches the code of a Tencent Cloud API error, or its message if it has no code. */
  readonly pattern: RegExp
  readonly isTransient?: boolean
  readonly text: InEachLanguage<string>
}

/** Advice about errors of the cloud (Tencent Cloud API 3.0, "common error codes"; SCF and TCB pages of the same
 *  name). manager-node 5.6.5 uses the proxy of `http_proxy`, in lower case, and ignores `https_proxy`. */
const advices: readonly Advice[] = [
  {
    pattern: /UnauthorizedOperation|OperationDenied|NoPermission/,
    text: {
      en: 'The key pair lacks permission for this. Give its user the policies QcloudTCBFullAccess and QcloudSCFFullAccess (console: Access Management > Users).',
      zh: '密钥对没有此操作的权限。请为其所属用户授予 QcloudTCBFullAccess 和 QcloudSCFFullAccess 策略（控制台：访问管理）。',
    },
  },
  {
    pattern: /^AuthFailure\.SignatureExpire/,
    text: {
      en: 'The clock of this machine is wrong by more than five minutes. Correct it.',
      zh: '本机时钟误差超过五分钟，请校准。',
    },
  },
  {
    pattern: /^AuthFailure\.TokenFailure/,
    text: {
      en: 'The temporary key pair has expired. Get a new one: TENCENTCLOUD_SECRETID, _SECRETKEY and _SESSIONTOKEN belong together.',
      zh: '临时密钥已过期，请重新获取：TENCENTCLOUD_SECRETID、_SECRETKEY 和 _SESSIONTOKEN 须成套使用。',
    },
  },
  {
    pattern: /^AuthFailure/,
    text: {
      en: 'The key pair was rejected: it is wrong, disabled, deleted or expired. Create a new one (console: Access Management > API Keys) and set TENCENTCLOUD_SECRETID and TENCENTCLOUD_SECRETKEY.',
      zh: '密钥对无效：有误、已禁用、已删除或已过期。请新建一对（控制台：访问管理 > API 密钥管理），并设置 TENCENTCLOUD_SECRETID 和 TENCENTCLOUD_SECRETKEY。',
    },
  },
  {
    pattern: /^RequestLimitExceeded|TooManyRequests/,
    isTransient: true,
    text: {
      en: 'The cloud rejects calls because there are too many. Wait a minute.',
      zh: '调用过于频繁，云端暂时拒绝。请等一分钟。',
    },
  },
  {
    pattern: /FunctionStatusError|FunctionStatusNotActive/,
    isTransient: true,
    text: {
      en: 'The function is still busy with an earlier change. Wait a minute.',
      zh: '函数仍在处理之前的变更。请等一分钟。',
    },
  },
  {
    pattern: /^(InternalError|ServiceUnavailable)/,
    isTransient: true,
    text: {
      en: 'The cloud has an internal error. Wait a minute.',
      zh: '云端内部错误。请等一分钟。',
    },
  },
  {
    pattern: /InsufficientBalance|Overdue|Arrears/i,
    text: {
      en: 'The account has an unpaid balance. Pay it (console: Billing Center).',
      zh: '账号已欠费，请充值。',
    },
  },
  {
    pattern: /^(ResourceInsufficient|LimitExceeded|ResourceLimitExceeded)\.Function/,
    text: {
      en: 'The environment has as many functions as its plan allows. Take names out of GATEWAY_FUNCTIONS, delete functions that are not in use, or choose a larger plan (console: Overview > Plan).',
      zh: '环境的函数数量已达套餐上限。请从 GATEWAY_FUNCTIONS 中去掉不用的名称、删除不用的函数，或升级套餐。',
    },
  },
  {
    pattern: /^(ResourceInsufficient|LimitExceeded|ResourceLimitExceeded|ResourcesSoldOut)/,
    text: {
      en: 'A quota of the environment is used up. Delete something, or choose a larger plan (console: Overview > Plan).',
      zh: '环境的配额已用完。请删除部分资源，或升级套餐。',
    },
  },
  {
    pattern: /(EnvId|Env|Environment)\b.*(not found|NotFound|not exist)|ResourceNotFound\.Env|InvalidParameter\.EnvId/i,
    text: {
      en: 'This account has no such environment in this region. Check CLOUDBASE_ENV_ID and CLOUDBASE_REGION.',
      zh: '该账号在此地域没有这个环境。请检查 CLOUDBASE_ENV_ID 和 CLOUDBASE_REGION。',
    },
  },
  {
    pattern: /FetchError|ECONN|ETIMEDOUT|ENOTFOUND|EAI_AGAIN|socket hang up|network timeout/,
    isTransient: true,
    text: {
      en: 'The cloud could not be reached. Check the network and its DNS, and http_proxy if you need one.',
      zh: '无法连接云端。请检查网络与 DNS；使用代理时检查 http_proxy。',
    },
  },
]

const unknownAdvice: Advice = {
  pattern: /./,
  text: {
    en: 'If it happens again, search for the code in the documentation of Tencent Cloud.',
    zh: '若再次出现，请在腾讯云文档中搜索该错误码。',
  },
}

/** An error of the cloud, in a form to print. */
export interface CloudFailure {
  readonly reason: string
  readonly advice: string
}

/** Returns the reason of an error, and advice in a language. */
export const toCloudFailure = (error: unknown, language: Language = 'en'): CloudFailure => {
  if (error instanceof DeploymentError) return { reason: error.message, advice: error.advice }
  const { code, message } = getErrorParts(error)
  const reason = code === '' ? message : `${code}: ${message}`
  return { reason, advice: findAdvice(error).text[language] }
}

/** Whether the same call may succeed a little later. */
export const isTransient = (error: unknown): boolean =>
  !(error instanceof DeploymentError) && findAdvice(error).isTransient === true

/** Whether the cloud refuses the caller or cannot be reached, so that the call itself was not processed. */
export const isRefused = (error: unknown): boolean =>
  isTransient(error) ||
  /^AuthFailure|UnauthorizedOperation|OperationDenied|NoPermission/.test(getErrorParts(error).code)

/** Whether the error means that something does not exist. */
export const isNotFound = (error: unknown): boolean => {
  const { code, message } = getErrorParts(error)
  return /NotFound|NotExist/i.test(code) || /not (found|exist)/i.test(message)
}

const findAdvice = (error: unknown): Advice => {
  const { code, message } = getErrorParts(error)
  return advices.find(({ pattern }) => pattern.test(code === '' ? message : code)) ?? unknownAdvice
}

/** Returns the code and the message of an error. If the network failed, manager-node 5.6.5 uses the whole error as
 *  the message, and Node's `fetch` keeps the reason in its cause. */
const getErrorParts = (error: unknown): { code: string; message: string } => {
  if (!(error instanceof Error)) return { code: '', message: String(error) }
  if (error.message === 'fetch failed' && error.cause instanceof Error)
    return getErrorParts(new Error(error.cause.message))
  const { code } = error as { code?: unknown }
  return { code: typeof code === 'string' ? code : '', message: String(error.message).trim() }
}
