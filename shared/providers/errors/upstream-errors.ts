import { GatewayError, type GatewayErrorOptions } from '../../protocol/errors.ts'

/** The model may have worked, and cost, already, so clients must not repeat the call by themselves. */
const noRetry: GatewayErrorOptions = { failure: 'outage', headers: { 'x-should-retry': 'false' } }

/** The provider's response cannot be relayed: it has no choices or is no JSON. */
export const invalidResponseError = (): GatewayError =>
  new GatewayError(502, 'upstream_error', 'The provider sent no valid response.', noRetry)

/** The client disconnected. Only the log shows the status.
 *  @param mayBeBilled whether the provider had the whole request by then */
export const clientGoneError = (mayBeBilled = false): GatewayError =>
  new GatewayError(499, 'client_gone', 'The client disconnected before its reply was complete.', { mayBeBilled })

/** The provider's response ended too early or cannot be read to its end. */
export const brokenResponseError = (message: string, cause?: Error): GatewayError =>
  new GatewayError(502, 'upstream_error', message, { ...noRetry, ...(cause && { cause }) })

/** The connection closed, or the stream ended, before the response was complete. */
export const incompleteResponseError = (cause?: Error): GatewayError =>
  brokenResponseError('The provider broke off its response. Try again.', cause)

/** No target of a route can be tried: all of them rest. Clients that repeat calls by themselves wait a minute at most.
 *  @param waitMs the time until the first of them is free, in milliseconds */
export const unavailableError = (waitMs: number, mayBeBilled: boolean): GatewayError => {
  const seconds = Math.max(1, Math.ceil(waitMs / 1_000))
  const noRetryFields = mayBeBilled || seconds > 60 ? noRetry.headers : {}
  return new GatewayError(
    503,
    'upstream_unavailable',
    `No provider of this model can be called at the moment. Try again in ${seconds} ${seconds === 1 ? 'second' : 'seconds'}, or choose another model.`,
    { headers: { 'retry-after': String(seconds), ...noRetryFields } },
  )
}

/** The response exceeds the bytes that the gateway relays. */
export const oversizedResponseError = (): GatewayError =>
  brokenResponseError('The provider sent a response that is too large to relay.')
