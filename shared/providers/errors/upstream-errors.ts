import { GatewayError } from '../../protocol/errors.ts'

/** An answer that cannot be relayed, because it is none. */
export const invalidResponseError = (): GatewayError =>
  new GatewayError(502, 'upstream_error', 'The provider sent something that is not an answer.', {
    headers: { 'x-should-retry': 'false' },
  })

/** Nobody is left to read the answer; the status is seen by the log alone. */
export const clientGoneError = (): GatewayError =>
  new GatewayError(499, 'client_gone', 'The client left before its answer was complete.')

/** The provider's answer is over before its end; the model may have worked, and cost, already. */
export const brokenResponseError = (message: string, cause?: Error): GatewayError =>
  new GatewayError(502, 'upstream_error', message, { headers: { 'x-should-retry': 'false' }, ...(cause && { cause }) })
