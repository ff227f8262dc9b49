import type { ErrorCode, FailureKind } from '../../protocol/errors.ts'

/** The reply to a client whose call failed at the provider. */
export interface FailureRule {
  readonly status: number
  readonly code: ErrorCode
  /** The message; if `quotes` is set, only if the provider sent none. */
  readonly message: string
  /** Whether the provider's own message, code, type and param are passed on, because the client can act on them. */
  readonly quotes?: true
  /** Shown as `error.code` in place of the provider's. */
  readonly shownCode?: string
  /** Shown as `error.code` if the provider sent none. */
  readonly defaultCode?: string
  /** Statuses of the provider that the reply keeps. */
  readonly keptStatuses?: readonly number[]
  /** Whether the client may repeat the call, because the provider did not charge for it. */
  readonly repeatable?: true
  /** The status that fits the kind, for an error that came without one. */
  readonly upstreamStatus: number
}

const rejected = { code: 'upstream_rejected', message: 'The provider refused the request.', quotes: true } as const

/** The reply for each kind of failure. A refused key and an empty account concern the gateway: a client that received a
 *  401 or 403 would discard its own valid login. */
export const failureRules: Readonly<Record<FailureKind, FailureRule>> = {
  quota: {
    status: 503,
    code: 'upstream_quota',
    message: "The gateway's account at the provider has run out. Its operator must top it up.",
    upstreamStatus: 402,
  },
  unaffordable: {
    status: 503,
    code: 'upstream_quota',
    message:
      "The gateway's account at the provider has too little left for this request. Ask for fewer tokens (max_tokens), or choose another model. Its operator must top it up.",
    upstreamStatus: 402,
  },
  key: {
    status: 502,
    code: 'upstream_auth',
    message: "The provider refused the gateway's key. The gateway's operator must check it.",
    upstreamStatus: 401,
  },
  blocked: {
    status: 502,
    code: 'upstream_auth',
    message: "The provider's firewall refused the request. The gateway's operator must check that.",
    upstreamStatus: 403,
  },
  region: {
    status: 502,
    code: 'upstream_error',
    message: "The provider does not serve the gateway's region. The gateway's operator must choose another provider.",
    upstreamStatus: 403,
  },
  rate: {
    status: 429,
    code: 'rate_limit_exceeded',
    message: 'The provider gets too many requests. Try again in a while.',
    quotes: true,
    repeatable: true,
    upstreamStatus: 429,
  },
  overload: {
    status: 503,
    code: 'upstream_error',
    message: 'The provider is overloaded. Try again in a while, or choose another model.',
    repeatable: true,
    upstreamStatus: 503,
  },
  content: {
    status: 400,
    code: 'content_policy_violation',
    message: 'The provider refused the content of the request. Change the text.',
    quotes: true,
    shownCode: 'content_policy_violation',
    upstreamStatus: 400,
  },
  context: {
    status: 400,
    code: 'context_length_exceeded',
    message: 'The request is too long for the model. Send less, or choose another model.',
    quotes: true,
    shownCode: 'context_length_exceeded',
    keptStatuses: [413, 422],
    upstreamStatus: 400,
  },
  model: {
    ...rejected,
    status: 404,
    defaultCode: 'model_not_found',
    keptStatuses: [400, 409, 422],
    upstreamStatus: 404,
  },
  request: { ...rejected, status: 400, keptStatuses: [404, 409, 413, 415, 422, 451], upstreamStatus: 400 },
  timeout: {
    status: 504,
    code: 'upstream_timeout',
    message: 'The provider timed out. Try again.',
    upstreamStatus: 504,
  },
  outage: {
    status: 502,
    code: 'upstream_error',
    message: 'The provider failed. Try again, or choose another model.',
    upstreamStatus: 502,
  },
  unreached: {
    status: 502,
    code: 'upstream_error',
    message: 'The provider could not be reached. Try again, or choose another model.',
    upstreamStatus: 502,
  },
}
