import type { IncomingHttpHeaders } from 'node:http'
import { type ErrorCode, type FailureKind, GatewayError } from '../../protocol/errors.ts'
import type { Target } from '../../protocol/route.ts'
import { parseJson } from '../../runtime/json.ts'
import { getDialect } from '../dialect/dialects.ts'
import { type ProviderError, parseProviderError } from './parse-error.ts'
import { redactMessage } from './redact-message.ts'
import { parseRetryAfter } from './retry-after.ts'

/** The reply to a client whose provider answered with a certain status. */
interface StatusRule {
  readonly status: number
  readonly code: ErrorCode
  /** Replaces the provider's message. Default: the provider's own, because the client can act on it. */
  readonly message?: string
  /** Whether the client may repeat the call, because the provider did not charge for it. */
  readonly repeatable?: true
  readonly failure?: FailureKind
}

const rejectedRule: Omit<StatusRule, 'status'> = { code: 'upstream_rejected', failure: 'request' }

/** 401 and 403 concern the gateway's key. A client that received them would discard its own valid login. */
const keyRule: StatusRule = {
  status: 502,
  code: 'upstream_auth',
  failure: 'key',
  message: "The provider refused the gateway's key. The gateway's operator must check it.",
}

const accountRule: StatusRule = {
  status: 503,
  code: 'upstream_quota',
  failure: 'quota',
  message: "The gateway's account at the provider has run out. Its operator must top it up.",
}

const busyRule: StatusRule = {
  status: 503,
  code: 'upstream_error',
  message: 'The provider is overloaded. Try again in a while, or choose another model.',
  failure: 'overload',
  repeatable: true,
}

const outageRule: StatusRule = {
  status: 502,
  code: 'upstream_error',
  message: 'The provider failed. Try again, or choose another model.',
  failure: 'outage',
}

const timeoutRule: StatusRule = {
  status: 504,
  code: 'upstream_timeout',
  message: 'The provider timed out. Try again.',
  failure: 'timeout',
}

/** The reply for each status of a provider. Any other status is an outage. */
const statusRules: Readonly<Record<number, StatusRule>> = {
  400: { status: 400, ...rejectedRule },
  401: keyRule,
  402: accountRule,
  403: keyRule,
  404: { status: 404, ...rejectedRule },
  408: timeoutRule,
  409: { status: 409, ...rejectedRule },
  413: { status: 413, ...rejectedRule },
  415: { status: 415, ...rejectedRule },
  422: { status: 422, ...rejectedRule },
  429: { status: 429, code: 'rate_limit_exceeded', repeatable: true, failure: 'rate' },
  451: { status: 451, ...rejectedRule },
  503: busyRule,
  504: timeoutRule,
  529: busyRule,
}

/** A provider's response with a status other than 200. */
export interface FailedResponse {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly body: string
}

/** A provider's refusal or failure. It keeps the facts that decide whether a different request may succeed. */
export class ProviderFailure extends GatewayError {
  /** The status of the response, or the one that its error code stands for. */
  readonly upstreamStatus: number
  /** The provider's own message. It may contain secrets, so no client may get it. */
  readonly rawMessage: string

  constructor(error: GatewayError, upstreamStatus: number, rawMessage: string) {
    super(error.status, error.code, error.message, { ...error.options, log: { upstream_status: upstreamStatus } })
    this.upstreamStatus = upstreamStatus
    this.rawMessage = rawMessage
  }
}

/** Turns a failed response into an error for the client. The dialect may map the error's code to another status. The
 *  provider's message is kept if the client can act on it, without the gateway's key and account. */
export const toProviderFailure = (target: Target, { status, headers, body }: FailedResponse): ProviderFailure => {
  const providerError = parseProviderError(parseJson(body))
  return createFailure(target, { providerError, status: getDialectStatus(target, providerError) ?? status, headers })
}

/** Turns an error that a provider reports inside a response of status 200 into an error for the client. */
export const toInBandFailure = (target: Target, providerError: ProviderError): ProviderFailure => {
  const status = getDialectStatus(target, providerError) ?? inferStatus(providerError)
  return createFailure(target, { providerError, status, headers: {} })
}

const getDialectStatus = (target: Target, providerError: ProviderError | undefined): number | undefined => {
  const { statusOfCode } = getDialect(target)
  return [providerError?.code, providerError?.type]
    .map((name) => (name && Object.hasOwn(statusOfCode, name) ? statusOfCode[name] : undefined))
    .find(Boolean)
}

/** The status of an error that came without one: its code if that is a status (OpenRouter, Google, llama.cpp),
 *  otherwise by the words that OpenAI's error types and their imitations share. */
const inferStatus = ({ code, type }: ProviderError): number => {
  if (code && /^[45]\d\d$/.test(code)) return Number(code)
  const words = splitWords(`${type} ${code}`)
  return wordStatuses.find(([pattern]) => pattern.test(words))?.[1] ?? 502
}

/** Splits a name such as `invalid_request`, `InvalidRequest` or `INVALID-REQUEST` into words in lower case. */
const splitWords = (name: string): string =>
  name
    .replace(/([a-z])([A-Z])/g, '$1 $2')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, ' ')

const wordStatuses: readonly (readonly [RegExp, number])[] = [
  [/\b(un)?auth(enticat\w*|ori[sz]\w*)?\b/, 401],
  [/\bpermission/, 403],
  [/\bquota/, 402],
  [/\bbalance\b/, 402],
  [/\brate(limit\w*)?\b/, 429],
  [/\boverload/, 503],
  [/\bnot ?found/, 404],
  [/\binvalid ?request/, 400],
  [/\bcontent ?filter/, 400],
  [/\bcontext ?length/, 400],
]

interface FailureDetails {
  readonly providerError: ProviderError | undefined
  readonly status: number
  readonly headers: IncomingHttpHeaders
}

const createFailure = (target: Target, { providerError, status, headers }: FailureDetails): ProviderFailure => {
  const rule = statusRules[status] ?? outageRule
  const passedOn = rule.message === undefined ? providerError : undefined
  const message = passedOn?.message && redactMessage(passedOn.message, target)
  const error = new GatewayError(
    rule.status,
    rule.code,
    rule.message ?? (message || 'The provider refused the request.'),
    {
      ...(passedOn?.code && { providerCode: redactMessage(passedOn.code, target) }),
      ...(passedOn?.type && { providerType: redactMessage(passedOn.type, target) }),
      ...(passedOn?.param && { param: redactMessage(passedOn.param, target) }),
      ...(rule.failure && { failure: rule.failure }),
      headers: selectHeaders(rule, headers),
    },
  )
  return new ProviderFailure(error, status, `${providerError?.message} ${providerError?.param}`)
}

/** The headers for a client's own retry logic: how long to wait and the remaining limits, or not to repeat at all. Of
 *  the limits, only numbers, times and durations pass, because other values name accounts. */
const selectHeaders = (rule: StatusRule, headers: IncomingHttpHeaders): Record<string, string> => {
  if (!rule.repeatable) return rule.status >= 500 ? { 'x-should-retry': 'false' } : {}
  const seconds = parseRetryAfter(headers)
  const limits = Object.entries(headers).filter(
    ([name, value]) =>
      /^x-ratelimit-(limit|remaining|reset)[\w-]{0,40}$/.test(name) &&
      typeof value === 'string' &&
      /^\d[\d.:+TZdhms -]{0,39}$/.test(value),
  ) as [string, string][]
  return {
    ...Object.fromEntries(limits),
    ...(seconds !== undefined && { 'retry-after': String(Math.ceil(seconds)) }),
    ...(seconds !== undefined && headers['retry-after-ms'] && { 'retry-after-ms': String(Math.round(seconds * 1000)) }),
  }
}
