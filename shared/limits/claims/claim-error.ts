import { GatewayError } from '../../protocol/errors.ts'
import type { ClaimRefusal } from './claims.ts'

/** When a client should ask again whether a call has ended, in seconds. */
const waitSeconds = 2

/** Creates the error of a call whose idempotency key cannot be claimed: 422 if another request has it; else 409
 *  `idempotency_conflict`, with the first call in `error.call`. OpenAI's clients repeat a 409 unless `x-should-retry` is false
 *  (openai-node 6.49, `shouldRetry`). So they wait for a call that runs, and report one that has ended. */
export const toClaimError = (refusal: ClaimRefusal): GatewayError => {
  if (refusal.kind === 'other_request')
    return new GatewayError(
      422,
      'idempotency_key_reused',
      "This 'Idempotency-Key' was sent with another request. Use a new key for each request, and the same key only to repeat one.",
      { param: 'Idempotency-Key' },
    )
  const headers: Record<string, string> =
    refusal.kind === 'running' ? { 'retry-after': String(waitSeconds) } : { 'x-should-retry': 'false' }
  const result = refusal.kind === 'ended' && refusal.result
  const call = { request_id: refusal.id, state: refusal.kind, ...result }
  return new GatewayError(409, 'idempotency_conflict', describeRefusal(refusal), { headers, details: { call } })
}

const describeRefusal = (refusal: Exclude<ClaimRefusal, { readonly kind: 'other_request' }>): string => {
  const first = `The first request with this 'Idempotency-Key' (${refusal.id})`
  if (refusal.kind === 'running')
    return `${first} still runs. Repeat this one in ${waitSeconds} seconds to learn how it ended.`
  const advice = 'This one was not run and costs nothing. To ask the model again, send a new key.'
  if (refusal.kind !== 'ended') return `${first} may have been served, but its record is missing. ${advice}`
  const { outcome, points } = refusal.result
  return `${first} has ended: ${outcome}, ${points} points. ${advice}`
}
