import type { Call } from '../protocol/call.ts'
import { isObject, type JsonObject } from '../protocol/json.ts'
import type { Route } from '../protocol/route.ts'

/** The body sent to the provider: the client's own, under the provider's name for the model, with the route's defaults
 *  and without what the route drops. A stream always asks for usage, whether the client did or not: it is how we bill. */
export const upstreamBody = (route: Route, call: Call): string => {
  const body: JsonObject = { ...route.defaultParams, ...call.body, model: route.upstreamModel }
  if (call.stream && route.streamUsage !== 'off') {
    const options = isObject(body['stream_options']) ? body['stream_options'] : {}
    body['stream_options'] = { ...options, include_usage: true }
  }
  for (const field of route.dropParams) delete body[field]
  return JSON.stringify(body)
}
