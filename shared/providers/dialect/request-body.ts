import type { Call } from '../../protocol/call.ts'
import { readCount } from '../../protocol/call.ts'
import { serialize } from '../../protocol/raw-json.ts'
import type { Route } from '../../protocol/route.ts'
import { isObject, type JsonObject } from '../../runtime/json.ts'

/** The body sent to the provider: the client's own, under the provider's name for the model, with the route's defaults
 *  and without what the route drops. `asksForUsage` adds `stream_options.include_usage`, whether the client asked or not: it
 *  is how we bill.
 *  @throws invalid_value (400, with `param`) for what a route with a bound on its tokens does not take */
export const buildRequestBody = (route: Route, call: Call, asksForUsage: boolean): Buffer => {
  const body: JsonObject = { ...route.defaultParams, ...call.body, model: route.upstreamModel }
  if (asksForUsage) {
    const { include_usage: _, ...options } = isObject(body['stream_options']) ? body['stream_options'] : {}
    // The last, because providers written in Go take the last of `include_usage` and `Include_Usage`.
    body['stream_options'] = { ...options, include_usage: true }
  } else if (call.stream && hasOnlyIncludeUsage(body['stream_options'])) delete body['stream_options']
  for (const field of route.dropParams) delete body[field]
  if (route.maxTokens !== undefined) capTokens(body, route, route.maxTokens)
  return serialize(body, call.source)
}

/** Whether `stream_options` says nothing but whether to include usage, which the gateway answers for by itself. */
const hasOnlyIncludeUsage = (options: unknown): boolean =>
  isObject(options) && Object.keys(options).every((name) => name === 'include_usage')

/** Whether a client sets stream options that are the provider's to judge. */
export const hasStreamOptions = ({ body: { stream_options: options } }: Call): boolean =>
  options !== undefined && options !== null && !hasOnlyIncludeUsage(options)

/** The two names of the bound on an answer's tokens; the first is the one that more providers take. */
const tokenFields = ['max_tokens', 'max_completion_tokens'] as const

/** Lowers what the client asks for to the route's bound; a client that asks for nothing gets the bound, under a name that the
 *  route does not drop.
 *  @throws invalid_value (400, with `param`) for bounds that providers read as none */
const capTokens = (body: JsonObject, { dropParams }: Route, bound: number): void => {
  const asked = tokenFields.filter((field) => readCount(body, field) !== undefined)
  for (const field of asked) body[field] = Math.min(body[field] as number, bound)
  const field = tokenFields.find((name) => !dropParams.includes(name))
  if (asked.length === 0 && field) body[field] = bound
}
