import type { Call } from '../../protocol/call.ts'
import { GatewayError, misconfiguredError } from '../../protocol/errors.ts'
import type { Usage } from '../../protocol/usage.ts'

/** A call that a check has stopped before its provider responded costs its user nothing. */
export const noUsage: Usage = { prompt_tokens: 0, completion_tokens: 0, total_tokens: 0 }

const stopped = { outcome: 'filtered', usage: noUsage } as const

/** The request holds text that is not allowed. The error does not quote it.
 *  @param param the place of the text */
export const blockedError = (param: string): GatewayError => {
  const message = 'The request holds text that is not allowed here. Change it and try again.'
  return new GatewayError(400, 'content_policy_violation', message, { param, ...stopped })
}

/** The check is not set up. */
export const moderationMisconfiguredError = (): GatewayError =>
  misconfiguredError('The check of texts is not set up.', stopped)

/** The service that checks texts failed. */
export const moderationUnavailableError = (): GatewayError => {
  const message = 'Texts cannot be checked at the moment. Try again later.'
  return new GatewayError(503, 'moderation_unavailable', message, { headers: { 'retry-after': '2' }, ...stopped })
}

/** No checker can read tokens. */
export const tokensError = ({ body }: Call): GatewayError => {
  const param = 'prompt' in body ? 'prompt' : 'input'
  const message = `Texts are checked here, so send '${param}' as text, not as tokens.`
  return new GatewayError(400, 'invalid_value', message, { param })
}
