import { DeploymentError } from './deployment-error.ts'

interface Advice {
  /** Matches the code of a Tencent Cloud API error, or its message if it has no code. */
  readonly pattern: RegExp
  readonly isTransient?: boolean
  readonly text: string
}

/** Advice about errors of the cloud (Tencent Cloud API 3.0, "common error codes"; SCF and TCB pages of the same
 *  name). manager-node 5.6.5 uses the proxy of `http_proxy`, in lower case, and ignores `https_proxy`. */
const advices: readonly Advice[] = [
  {
    pattern: /UnauthorizedOperation|OperationDenied|NoPermission/,
    text: 'The key pair lacks permission for this. Give its user the policies QcloudTCBFullAccess and QcloudSCFFullAccess (console: Access Management > Users).',
  },
  {
    pattern: /^AuthFailure\.SignatureExpire/,
    text: 'The clock of this machine is wrong by more than five minutes. Correct it.',
  },
  {
    pattern: /^AuthFailure\.TokenFailure/,
    text: 'The temporary key pair has expired. Get a new one: TENCENTCLOUD_SECRETID, _SECRETKEY and _SESSIONTOKEN belong together.',
  },
  {
    pattern: /^AuthFailure/,
    text: 'The key pair was rejected: it is wrong, disabled, deleted or expired. Create a new one (console: Access Management > API Keys) and set TENCENTCLOUD_SECRETID and TENCENTCLOUD_SECRETKEY.',
  },
  {
    pattern: /^RequestLimitExceeded|TooManyRequests/,
    isTransient: true,
    text: 'The cloud rejects calls because there are too many. Wait a minute.',
  },
  {
    pattern: /FunctionStatusError|FunctionStatusNotActive/,
    isTransient: true,
    text: 'The function is still busy with an earlier change. Wait a minute.',
  },
  {
    pattern: /^(InternalError|ServiceUnavailable)/,
    isTransient: true,
    text: 'The cloud has an internal error. Wait a minute.',
  },
  {
    pattern: /InsufficientBalance|Overdue|Arrears/i,
    text: 'The account has an unpaid balance. Pay it (console: Billing Center).',
  },
  {
    pattern: /^(ResourceInsufficient|LimitExceeded|ResourceLimitExceeded|ResourcesSoldOut)/,
    text: 'A quota of the environment is used up. Delete something, or choose a larger plan (console: Overview > Plan).',
  },
  {
    pattern: /(EnvId|Env|Environment)\b.*(not found|NotFound|not exist)|ResourceNotFound\.Env|InvalidParameter\.EnvId/i,
    text: 'This account has no such environment in this region. Check CLOUDBASE_ENV_ID and CLOUDBASE_REGION.',
  },
  {
    pattern: /FetchError|ECONN|ETIMEDOUT|ENOTFOUND|EAI_AGAIN|socket hang up|network timeout/,
    isTransient: true,
    text: 'The cloud could not be reached. Check the network and its DNS, and http_proxy if you need one.',
  },
]

const unknownAdvice: Advice = {
  pattern: /./,
  text: 'If it happens again, search for the code in the documentation of Tencent Cloud.',
}

/** An error of the cloud, in a form to print. */
export interface CloudFailure {
  readonly reason: string
  readonly advice: string
}

/** Returns the reason of an error, and advice. */
export const toCloudFailure = (error: unknown): CloudFailure => {
  if (error instanceof DeploymentError) return { reason: error.message, advice: '' }
  const { code, message } = getErrorParts(error)
  const reason = code === '' ? message : `${code}: ${message}`
  return { reason, advice: findAdvice(error).text }
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
