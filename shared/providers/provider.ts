import type { Writable } from 'node:stream'
import type { Call } from '../protocol/call.ts'
import { GatewayError } from '../protocol/errors.ts'
import { isObject, type JsonObject, parseJson } from '../protocol/json.ts'
import { operations } from '../protocol/operations.ts'
import type { Route } from '../protocol/route.ts'
import { readUsage, type Usage } from '../protocol/usage.ts'
import { Chunks } from './chunks.ts'
import type { Timeouts } from './deadlines.ts'
import { upstreamFailure } from './failure.ts'
import { upstreamBody } from './request-body.ts'
import { EventStream, type StreamEnd } from './stream.ts'
import { type UpstreamOptions, type UpstreamResponse, upstream } from './upstream.ts'
import { readWhole } from './whole-body.ts'

/** A whole answer, ready for the client. */
export interface WholeAnswer {
  readonly kind: 'whole'
  readonly body: string
  /** The usage the provider stated; undefined when it stated none. */
  readonly usage: Usage | undefined
}

/** An answer in events, the first of which has come. */
export interface StreamedAnswer {
  readonly kind: 'stream'
  /** Writes the events to the client until the stream is over; the client's connection is left open. */
  readonly pour: (response: Writable) => Promise<StreamEnd>
}

export interface CallOptions {
  /** Aborts when the client leaves. */
  readonly signal: AbortSignal
  /** Hears all text of the answer, whole or piece by piece. */
  readonly onText: (text: string) => void
}

/** Sends a call to the provider of a route and waits until its answer has begun.
 *  @throws upstream_* (4xx, 502, 503, 504), client_gone */
export type Provider = (route: Route, call: Call, options: CallOptions) => Promise<WholeAnswer | StreamedAnswer>

const maxErrorBytes = 65_536
const maxAnswerBytes = 16_777_216

/** The provider room's door: routes and calls in, answers out. */
export const provider = (timeouts: Timeouts, network: UpstreamOptions): Provider => {
  const post = upstream(timeouts, network)
  return async (route, call, options) => {
    const answer = await post({
      url: route.apiBase + operations[call.operation].upstreamPath,
      headers: {
        ...(route.apiKey && { authorization: `Bearer ${route.apiKey}` }),
        accept: call.stream ? 'text/event-stream' : 'application/json',
      },
      body: upstreamBody(route, call),
      signal: options.signal,
    })
    const { statusCode = 0 } = answer.message
    if (statusCode !== 200) throw upstreamFailure(statusCode, await readWhole(answer, maxErrorBytes), secretsOf(route))
    return call.stream
      ? streamed(answer, new Chunks(route, call, options.onText), options.signal)
      : whole(answer, route, call, options)
  }
}

const streamed = async (answer: UpstreamResponse, chunks: Chunks, signal: AbortSignal): Promise<StreamedAnswer> => {
  const stream = new EventStream(answer, chunks, signal)
  await stream.first()
  return { kind: 'stream', pour: (response) => stream.pour(response) }
}

const whole = async (
  upstreamAnswer: UpstreamResponse,
  route: Route,
  call: Call,
  { onText }: CallOptions,
): Promise<WholeAnswer> => {
  const text = await readWhole(upstreamAnswer, maxAnswerBytes)
  const answer = parseJson(text)
  if (!isObject(answer) || !Array.isArray(answer['choices'])) throw notAnAnswer()
  for (const choice of answer['choices'].filter(isObject)) onText(textOf(choice))
  const usage = readUsage(answer['usage'])
  if (route.upstreamModel === call.model) return { kind: 'whole', body: text, usage }
  return { kind: 'whole', body: JSON.stringify({ ...answer, model: call.model }), usage }
}

const textOf = ({ message, text }: JsonObject): string => {
  if (typeof text === 'string') return text
  return isObject(message) && typeof message['content'] === 'string' ? message['content'] : ''
}

const secretsOf = ({ apiKey, apiBase }: Route): string[] => [
  ...(apiKey ? [apiKey] : []),
  apiBase,
  new URL(apiBase).host,
]

const notAnAnswer = (): GatewayError =>
  new GatewayError(502, 'upstream_error', 'The provider sent something that is not an answer.', {
    headers: { 'x-should-retry': 'false' },
  })
