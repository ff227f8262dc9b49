import { GatewayError } from '../../protocol/errors.ts'
import type { FailedCall, FailureReport, FailureVerdict } from './judge-failure.ts'

/** A provider's refusal or failure. It keeps the facts that decide whether a different request may succeed. */
export class ProviderFailure extends GatewayError {
  /** The status of the response, or the one that its error code stands for. */
  readonly upstreamStatus: number
  /** The provider's own message. It may contain secrets, so no client may get it. */
  readonly rawMessage: string

  constructor({ status, code, message, options, upstreamStatus, rawMessage }: FailureVerdict) {
    super(status, code, message, options)
    this.upstreamStatus = upstreamStatus
    this.rawMessage = rawMessage
  }
}

/** An error within a response of status 200, before it is judged. */
export class UnjudgedError extends GatewayError {
  /** The JSON value, or the text, that reports the error. */
  readonly body: unknown
  /** What happened if `body` turns out to be no report of an error. */
  readonly fallback: GatewayError | undefined

  constructor(body: unknown, fallback?: GatewayError) {
    super(502, 'upstream_error', 'The provider failed. Try again, or choose another model.', { failure: 'outage' })
    this.body = body
    this.fallback = fallback
  }
}

/** Turns a failed response into an error for the client. What judges it is loaded at the first failure. */
export const toProviderFailure = async (failed: FailedCall, report: FailureReport): Promise<ProviderFailure> => {
  const { judgeFailure } = await import('./judge-failure.ts')
  return new ProviderFailure(judgeFailure(failed, report))
}

/** Judges an error that came within a response of status 200. Returns any other error as it is. */
export const judgeError = async (failed: FailedCall, thrown: unknown): Promise<unknown> => {
  if (!(thrown instanceof UnjudgedError)) return thrown
  const { judgeFailure, findFailureKind } = await import('./judge-failure.ts')
  const { body, fallback } = thrown
  const report = { status: 200, headers: {}, body }
  return fallback && !findFailureKind(failed, report) ? fallback : new ProviderFailure(judgeFailure(failed, report))
}
