import { GatewayError } from '../../protocol/errors.ts'

/** The model may have worked, and cost, already, so clients must not repeat the call by themselves. */
const noRetry = { headers: { 'x-should-retry': 'false' } }

/** The provider's response cannot be relayed: it has no choices or is no JSON. */
export const invalidResponseError = (): GatewayError =>
  new GatewayError(502, 'upstream_error', 'The provider sent something that is not an answer.', noRetry)

/** The client disconnected. Only the log shows the status.
 *  @param mayBeBilled whether the provider had the whole request by then */
export const clientGoneError = (mayBeBilled = false): GatewayError =>
  new GatewayError(499, 'client_gone', 'The client left before its answer was complete.', { mayBeBilled })

/** The provider's response ended too early or cannot be read to its end. */
export const brokenResponseError = (message: string, cause?: Error): GatewayError =>
  new GatewayError(502, 'upstream_error', message, { ...noRetry, ...(cause && { cause }) })

/** The connection closed, or the stream ended, before the response was complete. */
export const incompleteResponseError = (cause?: Error): GatewayError =>
  brokenResponseError('The provider broke its answer off. Try again.', cause)

/** The response exceeds the bytes that the gateway relays. */
export const oversizedResponseError = (): GatewayError =>
  brokenResponseError('The provider sent an answer that is too large to relay.')
