import type { Call } from '../protocol/call.ts'
import type { Route } from '../protocol/route.ts'
import type { Dialect } from './dialects.ts'

/** The headers sent to a provider. None of the client's goes along: they tell of its machine, and one is its login. */
export const upstreamHeaders = (route: Route, call: Call, { keyHeader }: Dialect): Record<string, string> => ({
  ...(route.apiKey && { [keyHeader]: keyHeader === 'authorization' ? `Bearer ${route.apiKey}` : route.apiKey }),
  accept: call.stream ? 'text/event-stream' : 'application/json',
  'user-agent': 'cloudbase-llm-gateway',
})
