import type { IncomingHttpHeaders } from 'node:http'
import type { Call } from '../../protocol/call.ts'
import type { ErrorCode, FailureKind, GatewayErrorOptions } from '../../protocol/errors.ts'
import { getKnownProvider } from '../../protocol/provider-presets.ts'
import type { Target } from '../../protocol/route.ts'
import { failureRules } from './failure-rules.ts'
import { type FailureSign, failureSigns } from './failure-signs.ts'
import { getOwnWords } from './own-words.ts'
import { type ProviderError, readError } from './read-error.ts'
import { redactMessage } from './redact-message.ts'
import { findRetryAfter } from './retry-after.ts'

/** The call that failed, and its target. */
export interface FailedCall {
  readonly target: Target
  readonly call: Pick<Call, 'body'>
}

/** A provider's reply in place of a response. */
export interface FailureReport {
  /** The status of the response. */
  readonly status: number
  readonly headers: IncomingHttpHeaders
  /** The text of the body, or the JSON value within a response of status 200 that reports the error. */
  readonly body: unknown
}

/** A judged failure, as plain data: the parts of the error for the client, and the facts about the provider. */
export interface FailureVerdict {
  readonly status: number
  readonly code: ErrorCode
  readonly message: string
  readonly options: GatewayErrorOptions
  /** The status of the response; if it was 200, the one that the error states or that fits its kind. */
  readonly upstreamStatus: number
  readonly rawMessage: string
}

/** Judges a failure by its words, in whatever status, shape and language, and creates the reply to the client. The
 *  provider's message is kept if the client can act on it, without the gateway's key and account. */
export const judgeFailure = (failed: FailedCall, report: FailureReport): FailureVerdict => {
  const error = readError(report.body)
  const statuses = getStatuses(report, error)
  const kind = isBlocked(report) ? 'blocked' : (findKind(failed, error, statuses) ?? 'outage')
  const rule = failureRules[kind]
  const quote = (text: string | undefined): string | undefined => text && redactMessage(text, failed.target)
  const said = rule.quotes ? error : undefined
  const providerCode = rule.shownCode ?? quote(said?.code) ?? rule.defaultCode
  const providerType = quote(said?.type)
  const param = quote(said?.param)
  return {
    status: statuses.find((status) => rule.keptStatuses?.includes(status)) ?? rule.status,
    code: rule.code,
    message: quote(said?.message) || rule.message,
    options: {
      failure: kind,
      ...(providerCode && { providerCode }),
      ...(providerType && { providerType }),
      ...(param && { param }),
      headers: rule.repeatable ? getRetryHeaders(report, error) : getNoRetryHeaders(rule.status),
      log: { upstream_status: statuses[0] ?? rule.upstreamStatus, upstream_failure: kind },
    },
    upstreamStatus: statuses[0] ?? rule.upstreamStatus,
    rawMessage: `${error.message} ${error.param}`,
  }
}

/** Whether a firewall refused the request: the API itself would not send a page. The text of one prompt may be the cause. */
const isBlocked = ({ status, body }: FailureReport): boolean =>
  status === 403 && typeof body === 'string' && /^\s*<(?:!doctype|html)\b/i.test(body)

/** The kind of a failure, as far as its words and codes show it. Returns undefined if they show none. */
export const findFailureKind = (failed: FailedCall, report: FailureReport): FailureKind | undefined => {
  const error = readError(report.body)
  return findKind(failed, error, getStatuses(report, error))
}

/** The statuses of a failure: that of its response, and those that stand in its body as codes. */
const getStatuses = ({ status }: FailureReport, { names }: ProviderError): number[] => [
  ...(status === 200 ? [] : [status]),
  ...names.filter((name) => /^[45]\d\d$/.test(name)).map(Number),
]

const findKind = (
  { target, call }: FailedCall,
  { words, names }: ProviderError,
  statuses: readonly number[],
): FailureKind | undefined => {
  const provider = getKnownProvider(target)
  const texts = [...names.map(splitWords), splitWords(getOwnWords(words, call.body, isTelling))]
  const shows = (sign: FailureSign): boolean => {
    const { words: pattern, codes, providers, statuses: meant } = sign
    if (providers && !(provider && providers.includes(provider))) return false
    return (
      texts.some((text) => pattern?.test(text)) ||
      names.some((name) => codes?.includes(name)) ||
      statuses.some((status) => meant?.includes(status))
    )
  }
  return failureSigns.find(shows)?.kind
}

const isTelling = (text: string): boolean => {
  const words = splitWords(text)
  return failureSigns.some((sign) => sign.words?.test(words))
}

/** Splits names such as `invalid_request`, `InvalidRequest` or `INVALID-REQUEST` into words, in lower case. A point
 *  between words, as in `gpt-3.5`, ends no sentence. */
const splitWords = (text: string): string =>
  text
    .replace(/([a-z])(?=[A-Z])/g, '$1 ')
    .replace(/['’]/g, '')
    .replace(/[_-]|\.(?=\S)/g, ' ')
    .toLowerCase()

/** The model may have worked, and cost, already. A client may always repeat what the provider rejected. */
const getNoRetryHeaders = (status: number): Record<string, string> =>
  status >= 500 ? { 'x-should-retry': 'false' } : {}

/** The headers for a client's own retry logic: how long to wait and the remaining limits. Of the limits, only numbers,
 *  times and durations pass, because other values name accounts. */
const getRetryHeaders = ({ headers, body }: FailureReport, { words }: ProviderError): Record<string, string> => {
  const seconds = findRetryAfter({ headers, body, words })
  const limits = Object.entries(headers).filter(
    ([name, value]) =>
      /^x-ratelimit-(limit|remaining|reset)[\w-]{0,40}$/.test(name) &&
      typeof value === 'string' &&
      /^\d[\d.:+TZdhms -]{0,39}$/.test(value),
  ) as [string, string][]
  return {
    ...Object.fromEntries(limits),
    ...(seconds !== undefined && { 'retry-after': String(Math.ceil(seconds)) }),
    ...(seconds !== undefined &&
      !Number.isInteger(seconds) && { 'retry-after-ms': String(Math.round(seconds * 1000)) }),
  }
}
