import type { Writable } from 'node:stream'
import type { Call } from '../protocol/call.ts'
import type { Route } from '../protocol/route.ts'
import type { Usage } from '../protocol/usage.ts'
import type { CancelSignal } from '../runtime/cancellation.ts'
import { completions } from './completions.ts'
import { type Exchange, exchanger, type StreamExchange } from './exchange.ts'
import type { WholeExchange } from './response/json-response.ts'
import { keptAlive } from './response/keep-alive.ts'
import type { StreamEnd } from './response/stream-result.ts'
import type { Timeouts } from './transport/deadlines.ts'
import { type UpstreamOptions, upstream } from './transport/http-transport.ts'
import { sender } from './transport/retry.ts'

/** A whole answer, ready for the client. */
export interface WholeAnswer {
  readonly kind: 'whole'
  readonly body: string
  /** The usage the provider stated; undefined when it stated none. */
  readonly usage: Usage | undefined
}

/** An answer in events, which has begun. */
export interface StreamedAnswer {
  readonly kind: 'stream'
  /** Writes the events to the client until the stream is over; the client's connection is left open. */
  readonly pour: (response: Writable) => Promise<StreamEnd>
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
export type Provider = (route: Route, call: Call, options: CallOptions) => Promise<WholeAnswer | StreamedAnswer>

/** The provider room's door: routes and calls in, answers out. */
export const provider = (timeouts: Timeouts, network: UpstreamOptions): Provider => {
  const exchange = exchanger(sender(upstream(timeouts, network)))
  const exchangeFor: Readonly<Record<Call['operation'], Exchange>> = {
    'chat/completions': exchange,
    completions: completions(exchange),
  }
  return async (route, call, { signal, onText, keepAliveMs }) => {
    const endsAt = performance.now() + timeouts.total
    const answering = exchangeFor[call.operation]({ route, call, signal, onText, endsAt })
    if (!call.stream) return answered(await answering)
    return keepAliveMs ? keptAlive(answering as Promise<StreamExchange>, keepAliveMs) : answered(await answering)
  }
}

const answered = (answer: WholeExchange | StreamExchange): WholeAnswer | StreamedAnswer => {
  if (answer.kind === 'stream') return answer
  return { kind: 'whole', body: answer.text ?? JSON.stringify(answer.fields), usage: answer.usage }
}
