import { Writable } from 'node:stream'
import type { Call, TextCall } from '../protocol/call.ts'
import { toGatewayError } from '../protocol/errors.ts'
import { operations } from '../protocol/operations.ts'
import type { Target } from '../protocol/route.ts'
import { maxResponseBytes } from '../protocol/sse.ts'
import type { CancelSignal } from '../runtime/cancellation.ts'
import { memoizeWeak } from '../runtime/memoize.ts'
import { getDialect } from './dialect/dialects.ts'
import { buildRequestBody, hasStreamOptions } from './dialect/request-body.ts'
import { getRequestHeaders } from './dialect/request-headers.ts'
import { judgeError, ProviderFailure } from './errors/provider-failure.ts'
import { ResponseAssembler } from './response/aggregate.ts'
import type { ChunkReaderOptions } from './response/chunk-reader.ts'
import { ChunkStream } from './response/chunk-stream.ts'
import { EventStream } from './response/event-stream.ts'
import {
  isJson,
  isWholeDocument,
  parseResponse,
  toWholeExchange,
  type WholeExchange,
} from './response/json-response.ts'
import type { StreamExchange } from './response/stream-result.ts'
import type { UpstreamResponse } from './transport/http-transport.ts'
import { peekBody, readWhole } from './transport/response-body.ts'
import type { Send } from './transport/retry.ts'

/** A call, its target, and the limits of its response. */
export interface ExchangeOptions extends ChunkReaderOptions {
  /** Aborts when the client disconnects. */
  readonly signal: CancelSignal
  /** Deadline of the whole response, on the clock of `performance.now()`. */
  readonly endsAt: number
  /** Whether a busy or unreached provider is called again: no other target can be. */
  readonly repeats: boolean
}

/** Sends one call in the provider's own operation and resolves with the response, whole or as a stream, as the call
 *  asks.
 *  @throws upstream_* (4xx, 502, 503, 504), content_policy_violation, context_length_exceeded (400), client_gone */
export type Exchange = (options: ExchangeOptions) => Promise<WholeExchange | StreamExchange>

/** A call of any wire, its target, and the limits of its response. */
export interface TargetCall extends Omit<ExchangeOptions, 'call' | 'reshape'> {
  readonly call: Call
}

/** Creates the function that sends the calls of a wire to a target. It throws what {@link Exchange} throws. */
export type CreateExchange = (send: Send) => (options: TargetCall) => Promise<WholeExchange | StreamExchange>

/** Creates an exchange. If a provider rejects the request for a stream's usage, it is called again without. If that
 *  succeeds, it is not asked for usage again while its target lives. If the client set stream options of its own, they
 *  may be the reason, and the rejection goes to the client: invalid options must not turn off usage. */
export const createExchange = (send: Send): Exchange => {
  const withoutUsage = new WeakSet<Target>()
  const exchange: Exchange = async (options) => {
    const { target, call } = options
    const post = (asksForUsage: boolean): Promise<UpstreamResponse> =>
      send(options, toUpstreamRequest(options, asksForUsage))
    if (!call.stream) return toWhole(await post(false), options)
    const asksForUsage = !withoutUsage.has(target) && canAskForUsage(target)
    const response = await post(asksForUsage).catch(async (thrown: unknown) => {
      const mayRepeat = asksForUsage && !hasStreamOptions(call) && target.streamUsage !== 'force'
      if (!mayRepeat || !rejectsStreamOptions(thrown)) throw thrown
      const repeated = await post(false)
      withoutUsage.add(target)
      return repeated
    })
    return toStreamExchange(response, new ChunkStream(options), options.signal)
  }
  return async (options) => {
    const judge = (thrown: unknown): Promise<unknown> => judgeError(options, thrown)
    try {
      const response = await exchange(options)
      return response.kind === 'stream' ? judgeLater(response, judge) : response
    } catch (thrown) {
      throw await judge(thrown)
    }
  }
}

/** Judges the error that ends a stream, too. */
export const judgeLater = (
  { pipeTo, ...stream }: StreamExchange,
  judge: (thrown: unknown) => Promise<unknown>,
): StreamExchange => ({
  ...stream,
  pipeTo: async (client, onWrite) => {
    const result = await pipeTo(client, onWrite)
    return result.error ? { ...result, error: toGatewayError(await judge(result.error)) } : result
  },
})

/** The URLs of a target, by operation. */
const getUrls = memoizeWeak((target: Target): Readonly<Record<TextCall['operation'], URL>> => {
  const getUrl = (operation: TextCall['operation']): URL =>
    getDialect(target).url(target, operations[operation].upstreamPath)
  return { 'chat/completions': getUrl('chat/completions'), completions: getUrl('completions') }
})

const toUpstreamRequest = (
  { target, call, signal, endsAt, repeats }: ExchangeOptions,
  asksForUsage: boolean,
): Parameters<Send>[1] => ({
  url: getUrls(target)[call.operation],
  headers: getRequestHeaders(target)[call.stream ? 'stream' : 'whole'],
  body: buildRequestBody(target, call, asksForUsage),
  signal,
  endsAt,
  repeats,
})

const canAskForUsage = (target: Target): boolean => {
  if (target.streamUsage !== 'auto') return target.streamUsage === 'force'
  return getDialect(target).streamOptions === 'accepted'
}

const rejectsStreamOptions = (thrown: unknown): boolean =>
  thrown instanceof ProviderFailure &&
  (thrown.upstreamStatus === 400 || thrown.upstreamStatus === 422) &&
  /stream_options|include_usage/.test(thrown.rawMessage)

/** The response to a call without stream. If the provider sends events instead of a document, they are read as such: the
 *  response ends when it is complete, even if the connection does not. */
const toWhole = async (response: UpstreamResponse, options: ExchangeOptions): Promise<WholeExchange> => {
  const isStream = /^text\/event-stream\b/i.test(response.message.headers['content-type'] ?? '')
  if (!isStream || isJson(await peekBody(response)))
    return parseResponse(await readWhole(response, maxResponseBytes, isWholeDocument), options)
  const chunks = new ResponseAssembler(options)
  const { error } = await new EventStream(response, chunks, options.signal).pipeTo(new Writable(), () => undefined)
  if (error) throw error
  return toWholeExchange(chunks, options)
}

/** The response to a stream call. If the provider sends one document instead of events, the client gets it as one
 *  event. */
const toStreamExchange = async (
  response: UpstreamResponse,
  chunks: ChunkStream,
  signal: CancelSignal,
): Promise<StreamExchange> => {
  const stream = new EventStream(response, chunks, signal)
  await stream.waitForFirstEvent()
  return {
    kind: 'stream',
    writer: chunks.writer,
    pipeTo: (client, onWrite = () => undefined) => stream.pipeTo(client, onWrite),
  }
}
