import type { IncomingHttpHeaders } from 'node:http'
import { type ErrorCode, GatewayError } from '../../protocol/errors.ts'
import type { Route } from '../../protocol/route.ts'
import { parseJson } from '../../runtime/json.ts'
import { getDialect } from '../dialect/dialects.ts'
import { type ProviderError, parseProviderError } from './parse-error.ts'
import { redactMessage } from './redact-message.ts'
import { parseRetryAfter } from './retry-after.ts'

/** How a provider's refusal reaches the client. */
interface StatusRule {
  readonly status: number
  readonly code: ErrorCode
  /** Said in place of the provider's own words; undefined: the client can act on those, and they are passed on. */
  readonly message?: string
  /** Whether the client may send the same call again: it has not been charged for. */
  readonly repeatable?: true
}

const rejectedRule: Omit<StatusRule, 'status'> = { code: 'upstream_rejected' }

/** 401 and 403 are about the gateway's key: a client that saw them would throw its own good login away. */
const keyRule: StatusRule = {
  status: 502,
  code: 'upstream_auth',
  message: "The provider refused the gateway's key. The gateway's operator must check it.",
}

const accountRule: StatusRule = {
  status: 503,
  code: 'upstream_quota',
  message: "The gateway's account at the provider has run out. Its operator must top it up.",
}

const busyRule: StatusRule = {
  status: 503,
  code: 'upstream_error',
  message: 'The provider is overloaded. Try again in a while, or choose another model.',
  repeatable: true,
}

const outageRule: StatusRule = {
  status: 502,
  code: 'upstream_error',
  message: 'The provider failed. Try again, or choose another model.',
}

const timeoutRule: StatusRule = { status: 504, code: 'upstream_timeout', message: 'The provider timed out. Try again.' }

/** What each status of a provider means to the client; any other is an outage. */
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
  429: { status: 429, code: 'rate_limit_exceeded', repeatable: true },
  451: { status: 451, ...rejectedRule },
  503: busyRule,
  504: timeoutRule,
  529: busyRule,
}

/** A provider's failed answer. */
export interface FailedResponse {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly body: string
}

/** A provider's refusal or failure, with what is needed to tell whether another request would do better. */
export class ProviderFailure extends GatewayError {
  /** The status that the provider's answer stands for. */
  readonly upstreamStatus: number
  /** What the provider said; not for the client. */
  readonly rawMessage: string

  constructor(error: GatewayError, upstreamStatus: number, said: string) {
    super(error.status, error.code, error.message, { ...error.options, log: { upstream_status: upstreamStatus } })
    this.upstreamStatus = upstreamStatus
    this.rawMessage = said
  }
}

/** The error that a provider's failed answer becomes: its status as the dialect reads its code, its words where the client
 *  can act on them, without what they tell of the gateway's key and account. */
export const toProviderFailure = (route: Route, { status, headers, body }: FailedResponse): ProviderFailure => {
  const theirs = parseProviderError(parseJson(body))
  return createFailure(route, { theirs, status: getDialectStatus(route, theirs) ?? status, headers })
}

/** The error that a provider tells inside an answer whose status said that all was well. */
export const toInBandFailure = (route: Route, theirs: ProviderError): ProviderFailure =>
  createFailure(route, { theirs, status: getDialectStatus(route, theirs) ?? inferStatus(theirs), headers: {} })

const getDialectStatus = (route: Route, theirs: ProviderError | undefined): number | undefined => {
  const { statusOfCode } = getDialect(route)
  return [theirs?.code, theirs?.type]
    .map((name) => (name && Object.hasOwn(statusOfCode, name) ? statusOfCode[name] : undefined))
    .find(Boolean)
}

/** The status of an error that came without one: its code where that is a status (OpenRouter, Google, llama.cpp), else by
 *  the words that OpenAI's types and their imitations have in common. */
const inferStatus = ({ code, type }: ProviderError): number => {
  if (code && /^[45]\d\d$/.test(code)) return Number(code)
  const words = splitWords(`${type} ${code}`)
  return wordStatuses.find(([pattern]) => pattern.test(words))?.[1] ?? 502
}

/** The words of a name in any case, `invalid_request`, `InvalidRequest` or `INVALID-REQUEST`, in small letters. */
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
  readonly theirs: ProviderError | undefined
  readonly status: number
  readonly headers: IncomingHttpHeaders
}

const createFailure = (route: Route, { theirs, status, headers }: FailureDetails): ProviderFailure => {
  const verdict = statusRules[status] ?? outageRule
  const passed = verdict.message === undefined ? theirs : undefined
  const told = passed?.message && redactMessage(passed.message, route)
  const error = new GatewayError(
    verdict.status,
    verdict.code,
    verdict.message ?? (told || 'The provider refused the request.'),
    {
      ...(passed?.code && { providerCode: redactMessage(passed.code, route) }),
      ...(passed?.type && { providerType: redactMessage(passed.type, route) }),
      ...(passed?.param && { param: redactMessage(passed.param, route) }),
      headers: selectHeaders(verdict, headers),
    },
  )
  return new ProviderFailure(error, status, `${theirs?.message} ${theirs?.param}`)
}

/** The headers a client's own retry logic goes by: how long to wait and what is left of the limits, or not to repeat at all. Of the
 *  limits only numbers, times and durations pass: others name accounts. */
const selectHeaders = (verdict: StatusRule, headers: IncomingHttpHeaders): Record<string, string> => {
  if (!verdict.repeatable) return verdict.status >= 500 ? { 'x-should-retry': 'false' } : {}
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
