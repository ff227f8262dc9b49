import { isGatewayError } from '../../protocol/errors.ts'
import type { FailedCall } from '../errors/judge-failure.ts'
import { toProviderFailure } from '../errors/provider-failure.ts'
import { type Post, ProviderUnreached, type UpstreamRequest, type UpstreamResponse } from './http-transport.ts'
import { readSome } from './response-body.ts'
import { waitUnlessCancelled } from './wait.ts'

/** Sends the request of a call and resolves with a response that succeeded.
 *  @throws upstream_* (4xx, 502, 503, 504), content_policy_violation (400), client_gone */
export type Send = (call: FailedCall, request: UpstreamRequest) => Promise<UpstreamResponse>

const maxErrorBytes = 65_536

/** Longest wait before a request is repeated, in milliseconds. */
const maxRetryWaitMs = 1_000

/** Repeats a request once if that cannot cost twice: if it did not reach the model, or if the provider is busy and asks
 *  to come back within a second. */
export const withRetry =
  (post: Post): Send =>
  async (call, request) => {
    try {
      return await sendOnce(post, call, request)
    } catch (thrown) {
      const waitMs = getRetryWaitMs(thrown, request)
      if (waitMs === undefined) throw thrown
      await waitUnlessCancelled(waitMs, request.signal)
      return sendOnce(post, call, request)
    }
  }

const sendOnce = async (post: Post, call: FailedCall, request: UpstreamRequest): Promise<UpstreamResponse> => {
  const response = await post(request)
  const { statusCode: status = 0, headers } = response.message
  if (hasBody(status)) return response
  throw await toProviderFailure(call, { status, headers, body: await readSome(response, maxErrorBytes) })
}

/** Whether a status is one of success. Proxies write 201, 203 or 206 in place of 200. A response without content (204, 205)
 *  is a failure. */
const hasBody = (status: number): boolean => status >= 200 && status < 300 && status !== 204 && status !== 205

/** How long to wait before the request is repeated. Returns undefined if it must not be repeated. */
const getRetryWaitMs = (thrown: unknown, { repeats }: UpstreamRequest): number | undefined => {
  if (thrown instanceof ProviderUnreached) return repeats || thrown.wasKept ? 0 : undefined
  if (!isGatewayError(thrown) || !repeats) return undefined
  const { 'retry-after': seconds, 'retry-after-ms': milliseconds = Number(seconds) * 1000 } =
    thrown.options.headers ?? {}
  return Number(milliseconds) <= maxRetryWaitMs ? Number(milliseconds) : undefined
}
