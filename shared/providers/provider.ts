import type { Writable } from 'node:stream'
import type { Call } from '../protocol/call.ts'
import type { Route } from '../protocol/route.ts'
import type { Usage } from '../protocol/usage.ts'
import type { CancelSignal } from '../runtime/cancellation.ts'
import { createCompletionsExchange } from './completions.ts'
import { createExchange, type Exchange } from './exchange.ts'
import type { WholeExchange } from './response/json-response.ts'
import { keepAlive } from './response/keep-alive.ts'
import type { StreamExchange, StreamResult } from './response/stream-result.ts'
import type { Timeouts } from './transport/deadlines.ts'
import { createTransport, type NetworkOptions } from './transport/http-transport.ts'
import { withRetry } from './transport/retry.ts'

/** A whole answer, ready for the client. */
export interface WholeResponse {
  readonly kind: 'whole'
  readonly body: string
  /** The usage the provider stated; undefined when it stated none. */
  readonly usage: Usage | undefined
}

/** An answer in events, which has begun. */
export interface StreamedResponse {
  readonly kind: 'stream'
  /** Writes the events to the client until the stream is over; the client's connection is left open. */
  readonly pipeTo: (response: Writable) => Promise<StreamResult>
}

export interface CallOptions {
  /** Aborts when the client leaves. */
  readonly signal: CancelSignal
  /** Hears all text of the answer, whole or piece by piece. */
  readonly onText: (text: string) => void
  /** Longest silence of a stream, in milliseconds, before the client gets a comment; undefined: it gets none. */
  readonly keepAliveMs?: number | undefined
}

/** Sends a call to the provider of a route and waits until its answer has begun.
 *  @throws upstream_* (4xx, 502, 503, 504), invalid_value (400), client_gone */
export type Provider = (route: Route, call: Call, options: CallOptions) => Promise<WholeResponse | StreamedResponse>

/** The provider room's door: routes and calls in, answers out. */
export const createProvider = (timeouts: Timeouts, network: NetworkOptions): Provider => {
  const exchange = createExchange(withRetry(createTransport(timeouts, network)))
  const exchangeFor: Readonly<Record<Call['operation'], Exchange>> = {
    'chat/completions': exchange,
    completions: createCompletionsExchange(exchange),
  }
  return async (route, call, { signal, onText, keepAliveMs }) => {
    const endsAt = performance.now() + timeouts.total
    const answering = exchangeFor[call.operation]({ route, call, signal, onText, endsAt })
    if (!call.stream) return toResponse(await answering)
    return keepAliveMs ? keepAlive(answering as Promise<StreamExchange>, keepAliveMs) : toResponse(await answering)
  }
}

const toResponse = (answer: WholeExchange | StreamExchange): WholeResponse | StreamedResponse => {
  if (answer.kind === 'stream') return answer
  return { kind: 'whole', body: answer.text ?? JSON.stringify(answer.fields), usage: answer.usage }
}
