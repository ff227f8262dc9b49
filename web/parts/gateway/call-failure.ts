/** What the gateway or the network says about a call that failed. */
export interface FailureFacts {
  /** The HTTP status. 0: there was no reply, or the stream broke off. */
  readonly status: number
  /** The `error.code` of the gateway, `unreachable` or `cut_off`. */
  readonly code: string
  /** The gateway's own words, in English. */
  readonly message: string
  readonly requestId?: string | undefined
  /** Seconds, from `retry-after`. */
  readonly retryAfter?: number | undefined
}

/** A call that failed. */
export class CallFailure extends Error {
  readonly facts: FailureFacts

  constructor(facts: FailureFacts) {
    super(facts.message)
    this.facts = facts
  }
}

interface ErrorBody {
  readonly error?: { readonly message?: unknown; readonly code?: unknown } | undefined
  readonly message?: unknown
  readonly code?: unknown
}

/** Returns the failure that an error reply or an error event describes. A body of another form gives the status only. */
export const toCallFailure = (body: unknown, response: Pick<Response, 'status' | 'headers'>): CallFailure => {
  const { error, message, code } = (typeof body === 'object' && body !== null ? body : {}) as ErrorBody
  const retryAfter = Number(response.headers.get('retry-after') ?? Number.NaN)
  return new CallFailure({
    status: response.status,
    code: toText(error?.code) ?? toText(code)?.toLowerCase() ?? '',
    message: toText(error?.message) ?? toText(message) ?? `HTTP ${response.status}`,
    requestId: response.headers.get('x-request-id') ?? undefined,
    retryAfter: Number.isFinite(retryAfter) ? retryAfter : undefined,
  })
}

/** Returns the failure of a call without a reply, or of a stream that broke off. */
export const toNetworkFailure = (error: unknown, code: 'unreachable' | 'cut_off', requestId?: string): CallFailure =>
  error instanceof CallFailure
    ? error
    : new CallFailure({ status: 0, code, message: error instanceof Error ? error.message : String(error), requestId })

const toText = (value: unknown): string | undefined => (typeof value === 'string' && value !== '' ? value : undefined)

/** Returns the facts of what a call threw. */
export const toFacts = (error: unknown): FailureFacts => toNetworkFailure(error, 'unreachable').facts
