import type { JsonObject } from '../runtime/json.ts'
import type { LogFields } from '../runtime/log.ts'
import type { Redactor } from '../runtime/redactor.ts'
import type { Outcome, Usage } from './usage.ts'

/** All error codes of the gateway itself. The union is closed, so that clients and tests can switch on it. A provider's
 *  own code replaces it on the wire (`providerCode`), never here. */
export type ErrorCode =
  | 'bad_request'
  | 'headers_too_large'
  | 'request_timeout'
  | 'invalid_json'
  | 'invalid_value'
  | 'unsupported_parameter'
  | 'context_length_exceeded'
  | 'missing_required_parameter'
  | 'unsupported_encoding'
  | 'request_too_large'
  | 'missing_credentials'
  | 'invalid_api_key'
  | 'invalid_access_token'
  | 'access_token_expired'
  | 'invalid_admin_key'
  | 'admin_closed'
  | 'permission_denied'
  | 'unknown_url'
  | 'method_not_allowed'
  | 'model_not_found'
  | 'rate_limit_exceeded'
  | 'quota_exceeded'
  | 'content_policy_violation'
  | 'insufficient_quota'
  | 'idempotency_conflict'
  | 'idempotency_key_reused'
  | 'grant_not_found'
  | 'too_many_grants'
  | 'key_not_found'
  | 'too_many_keys'
  | 'upstream_rejected'
  | 'upstream_auth'
  | 'upstream_quota'
  | 'upstream_error'
  | 'upstream_timeout'
  | 'upstream_unavailable'
  | 'auth_unavailable'
  | 'config_unavailable'
  | 'gateway_misconfigured'
  | 'usage_unavailable'
  | 'moderation_unavailable'
  | 'client_gone'
  | 'internal_error'

/** The failure of a provider, whatever status, shape and language it used. `quota`: no credit. `unaffordable`: too little
 *  credit for this request. `blocked`: a firewall refused the request. `rate`: too many requests. `overload`: too much load.
 *  `context`: the prompt is too long. `outage`: a defect, or a broken connection. `unreached`: no connection at all. */
export type FailureKind =
  | 'quota'
  | 'unaffordable'
  | 'key'
  | 'blocked'
  | 'region'
  | 'rate'
  | 'overload'
  | 'content'
  | 'context'
  | 'model'
  | 'request'
  | 'timeout'
  | 'outage'
  | 'unreached'

/** The optional parts of a `GatewayError`. */
export interface GatewayErrorOptions extends ErrorOptions {
  /** The request field at fault. */
  readonly param?: string
  /** The provider's own error code, shown as `error.code`; numbers as decimal strings. */
  readonly providerCode?: string
  /** The provider's own error type, shown as `error.type`. */
  readonly providerType?: string
  /** What went wrong at the provider. Undefined if the error is not about one. */
  readonly failure?: FailureKind
  /** Whether the provider cannot do such a request, and was not called. Another one may. */
  readonly isUnable?: boolean
  /** Reply headers that belong to the error, in lower case: `retry-after`, `allow`, `x-should-retry`. */
  readonly headers?: Readonly<Record<string, string>>
  /** The usage that the provider stated for the part of the call before it failed. */
  readonly usage?: Usage
  /** The outcome of the call. Default: it follows from the code. */
  readonly outcome?: Outcome
  /** Whether the provider had the whole request when the call was given up, so that it may bill the call. */
  readonly mayBeBilled?: boolean
  /** Further fields of the error object, for programs that act on the error. */
  readonly details?: Readonly<JsonObject>
  /** Fields for the log only, such as the status of the provider's response. */
  readonly log?: LogFields
}

/** A fault of a caller or a provider, with the HTTP status of its reply. The message is for the caller: it explains
 *  what to do, and never holds a token, key, prompt or upstream address. A mistake in our own code is a `TypeError`. */
export class GatewayError extends Error {
  override readonly name = 'GatewayError'
  readonly status: number
  readonly code: ErrorCode
  readonly options: GatewayErrorOptions

  constructor(status: number, code: ErrorCode, message: string, options: GatewayErrorOptions = {}) {
    super(message, options)
    this.status = status
    this.code = code
    this.options = options
  }
}

/** Creates the error of a gateway that its operator must correct: 503 `gateway_misconfigured`. The log has the reason, which is
 *  none of a caller's business.
 *  @param problem a sentence, such as "Keys are not set up." */
export const misconfiguredError = (problem: string, options?: GatewayErrorOptions): GatewayError =>
  new GatewayError(
    503,
    'gateway_misconfigured',
    `${problem} The gateway's operator finds the reason in its log.`,
    options,
  )

/** Whether a thrown value is a `GatewayError`. Compares the name, because each separate bundle has its own class. */
export const isGatewayError = (thrown: unknown): thrown is GatewayError =>
  thrown instanceof Error && thrown.name === 'GatewayError'

/** The error object of the OpenAI API (openai-openapi 2.3.0, `Error`): four fields, all present. */
export interface OpenAIError {
  readonly message: string
  readonly type: string
  readonly param: string | null
  readonly code: string | null
}

/** The body of each error reply: OpenAI's object, and the three fields that CloudBase clients read (`@cloudbase/js-sdk`
 *  3.7 refreshes its token and retries on `code: "ACCESS_TOKEN_EXPIRED"`). */
export interface ErrorBody {
  readonly error: OpenAIError
  readonly code: string
  readonly message: string
  readonly requestId: string
}

const statusTypes: Readonly<Record<number, string>> = {
  401: 'authentication_error',
  402: 'insufficient_quota',
  403: 'permission_error',
  429: 'rate_limit_error',
}

const getDefaultType = (status: number): string =>
  statusTypes[status] ?? (status < 500 ? 'invalid_request_error' : 'api_error')

/** Creates the OpenAI error object of an error. Secrets are removed, also from a provider's message. */
export const toOpenAIError = ({ status, code, message, options }: GatewayError, redactor: Redactor): OpenAIError => ({
  message: redactor.clean(message),
  type: redactor.clean(options.providerType ?? getDefaultType(status)),
  param: options.param === undefined ? null : redactor.clean(options.param),
  code: redactor.clean(options.providerCode ?? code),
  ...options.details,
})

/** Creates the reply body of an error. `requestId` is the value of the header `x-request-id`. */
export const toErrorBody = (error: GatewayError, requestId: string, redactor: Redactor): ErrorBody => {
  const shown = toOpenAIError(error, redactor)
  return { error: shown, code: error.code.toUpperCase(), message: shown.message, requestId }
}

/** Converts anything thrown to a `GatewayError`. An unknown error is ours: it becomes a 500 that reveals nothing of its
 *  cause. The client should not retry, because the provider may have billed the call, and the same request would fail
 *  again. */
export const toGatewayError = (thrown: unknown): GatewayError =>
  isGatewayError(thrown)
    ? thrown
    : new GatewayError(500, 'internal_error', 'The gateway failed to reply. Give the request id to its operator.', {
        headers: { 'x-should-retry': 'false' },
        cause: thrown,
      })
