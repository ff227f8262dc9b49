import type { Call } from '../../protocol/call.ts'
import { GatewayError } from '../../protocol/errors.ts'
import type { Target } from '../../protocol/route.ts'
import { readUsage, type Usage } from '../../protocol/usage.ts'
import type { JsonObject } from '../../runtime/json.ts'

/** Reads a usage whose tokens are all input, whatever the provider calls them. A usage of zero tokens is none, because
 *  no request is empty. */
export const readInputUsage = (value: unknown): Usage | undefined => {
  const usage = readUsage(value)
  if (!usage) return undefined
  const tokens = Math.max(usage.prompt_tokens, usage.total_tokens)
  if (tokens === 0) return undefined
  return { ...usage, prompt_tokens: tokens, completion_tokens: 0, total_tokens: tokens }
}

/** The model that a reply names: the provider's name for it, unless the target renames the model. */
export const getReplyModel = ({ model }: JsonObject, call: Call, target: Target): string =>
  target.upstreamModel === call.model && typeof model === 'string' && model !== '' ? model : call.model

/** Creates the error for a response that does not fit the request. The provider bills it, so clients must not repeat the
 *  call by themselves. */
export const wrongResponseError = (message: string): GatewayError =>
  new GatewayError(502, 'upstream_error', message, { failure: 'outage', headers: { 'x-should-retry': 'false' } })
