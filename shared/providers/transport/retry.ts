import { isGatewayError } from '../../protocol/errors.ts'
import type { Route } from '../../protocol/route.ts'
import type { CancelSignal } from '../../runtime/cancellation.ts'
import { toProviderFailure } from '../errors/provider-failure.ts'
import { clientGoneError } from '../errors/upstream-errors.ts'
import { type Post, ProviderUnreached, type UpstreamRequest, type UpstreamResponse } from './http-transport.ts'
import { readSome } from './response-body.ts'

/** Sends a request until it has a good answer or may not be sent again.
 *  @throws upstream_* (4xx, 502, 503, 504), client_gone */
export type Send = (route: Route, request: UpstreamRequest) => Promise<UpstreamResponse>

const maxErrorBytes = 65_536

/** Sends a request, and once more where that costs nobody twice: when it did not reach the model, or when the provider is
 *  busy and asks to come back within a second. */
export const withRetry =
  (post: Post): Send =>
  async (route, request) => {
    try {
      return await sendOnce(post, route, request)
    } catch (thrown) {
      const waitMs = getRetryDelayMs(thrown)
      if (waitMs === undefined) throw thrown
      await waitUnlessCancelled(waitMs, request.signal)
      return sendOnce(post, route, request)
    }
  }

const sendOnce = async (post: Post, route: Route, request: UpstreamRequest): Promise<UpstreamResponse> => {
  const answer = await post(request)
  const { statusCode: status = 0, headers } = answer.message
  if (status === 200) return answer
  throw toProviderFailure(route, { status, headers, body: await readSome(answer, maxErrorBytes) })
}

/** @throws client_gone as soon as the client leaves */
const waitUnlessCancelled = (ms: number, signal: CancelSignal): Promise<void> =>
  new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, ms)
    const leave = (): void => {
      clearTimeout(timer)
      reject(clientGoneError())
    }
    if (signal.aborted) leave()
    else signal.addEventListener('abort', leave)
  })

/** Longest wait before a request is sent again, in milliseconds. */
const maxWaitMs = 1_000

const getRetryDelayMs = (thrown: unknown): number | undefined => {
  if (thrown instanceof ProviderUnreached) return 0
  if (!isGatewayError(thrown)) return undefined
  const { 'retry-after': seconds, 'retry-after-ms': milliseconds = Number(seconds) * 1000 } =
    thrown.options.headers ?? {}
  return Number(milliseconds) <= maxWaitMs ? Number(milliseconds) : undefined
}
