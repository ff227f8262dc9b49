import { GatewayError, isGatewayError } from '../protocol/errors.ts'
import type { Target } from '../protocol/route.ts'
import { addUsage, type Usage } from '../protocol/usage.ts'

/** Requests that one call has open at the same time. */
const maxParallelRequests = 4

/** Makes the requests of one call, a few at the same time; one after another if the target has `max_concurrency`, of which a
 *  call holds one place. If one fails, no further ones begin, and those that run come to their end, because the provider
 *  bills them.
 *  @throws the error of the first of them */
export const mapInGroups = async <Item, Result>(
  items: readonly Item[],
  { maxConcurrency }: Target,
  request: (item: Item, position: number) => Promise<Result>,
): Promise<Result[]> => {
  const results: Result[] = []
  const size = maxConcurrency === undefined ? maxParallelRequests : 1
  for (let start = 0; start < items.length; start += size) {
    const group = items.slice(start, start + size)
    const settled = await Promise.allSettled(group.map((item, index) => request(item, start + index)))
    for (const result of settled) {
      if (result.status === 'rejected') throw result.reason
      results.push(result.value)
    }
  }
  return results
}

/** Adds the usage of completed requests to the failure of another. The provider charges for them although the client gets
 *  nothing. It would charge again if the client's library repeated the call by itself. */
export const withUsage = (thrown: unknown, usage: Usage | undefined): unknown => {
  if (!usage || !isGatewayError(thrown)) return thrown
  const headers = { ...thrown.options.headers, 'x-should-retry': 'false' }
  return new GatewayError(thrown.status, thrown.code, thrown.message, { ...thrown.options, headers, usage })
}

/** The usage of all responses together. Returns undefined if there is no response, or if one of them states no usage. */
export const sumUsage = (responses: readonly { readonly usage: Usage | undefined }[]): Usage | undefined => {
  const usages = responses.flatMap(({ usage }) => usage ?? [])
  if (usages.length === 0 || usages.length < responses.length) return undefined
  return usages.reduce(addUsage)
}
