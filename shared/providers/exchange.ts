import type { Call } from '../protocol/call.ts'
import { operations } from '../protocol/operations.ts'
import type { Route } from '../protocol/route.ts'
import type { CancelSignal } from '../runtime/cancellation.ts'
import { memoizeWeak } from '../runtime/memoize.ts'
import { getDialect } from './dialect/dialects.ts'
import { buildRequestBody, hasStreamOptions } from './dialect/request-body.ts'
import { getRequestHeaders } from './dialect/request-headers.ts'
import { ProviderFailure } from './errors/provider-failure.ts'
import { invalidResponseError } from './errors/upstream-errors.ts'
import { ChunkStream, type ChunkStreamOptions } from './response/chunk-stream.ts'
import { EventStream } from './response/event-stream.ts'
import { isJson, parseResponse, type WholeExchange } from './response/json-response.ts'
import { type StreamExchange, toStreamResult } from './response/stream-result.ts'
import type { UpstreamResponse } from './transport/http-transport.ts'
import { peekBody, readWhole } from './transport/response-body.ts'
import type { Send } from './transport/retry.ts'

/** A call, where it goes, and who waits for its answer until when. */
export interface ExchangeOptions extends ChunkStreamOptions {
  /** Aborts when the client leaves. */
  readonly signal: CancelSignal
  /** When the answer must be over, on the clock of `performance.now()`. */
  readonly endsAt: number
}

/** One call in the provider's own operation: request out, answer in, in the mode the call asks for.
 *  @throws upstream_* (4xx, 502, 503, 504), client_gone */
export type Exchange = (options: ExchangeOptions) => Promise<WholeExchange | StreamExchange>

const maxWholeBytes = 16_777_216

/** Exchanges calls for answers. A provider that refuses to be asked for a stream's usage is asked again without; if that helps,
 *  it is not asked any more as long as its route lasts. Where a client sets stream options of its own, they may be what is
 *  refused, and the refusal is the client's: nobody gets an answer without usage by asking for nonsense. */
export const createExchange = (send: Send): Exchange => {
  const refusing = new WeakSet<Route>()
  return async (options) => {
    const { route, call } = options
    const post = (asksForUsage: boolean): Promise<UpstreamResponse> =>
      send(route, toUpstreamRequest(options, asksForUsage))
    if (!call.stream) return parseResponse(await readWhole(await post(false), maxWholeBytes), options)
    const asks = !refusing.has(route) && canAskForUsage(route)
    const answer = await post(asks).catch(async (thrown: unknown) => {
      if (!asks || hasStreamOptions(call) || route.streamUsage === 'force' || !rejectsStreamOptions(thrown))
        throw thrown
      const repeated = await post(false)
      refusing.add(route)
      return repeated
    })
    return toStreamExchange(answer, new ChunkStream(options), options.signal)
  }
}

/** Where a route's requests go, by operation. */
const getUrls = memoizeWeak((route: Route): Readonly<Record<Call['operation'], URL>> => {
  const urlOf = (operation: Call['operation']): URL => getDialect(route).url(route, operations[operation].upstreamPath)
  return { 'chat/completions': urlOf('chat/completions'), completions: urlOf('completions') }
})

const toUpstreamRequest = (
  { route, call, signal, endsAt }: ExchangeOptions,
  asksForUsage: boolean,
): Parameters<Send>[1] => ({
  url: getUrls(route)[call.operation],
  headers: getRequestHeaders(route)[call.stream ? 'stream' : 'whole'],
  body: buildRequestBody(route, call, asksForUsage),
  signal,
  endsAt,
})

const canAskForUsage = (route: Route): boolean => {
  if (route.streamUsage !== 'auto') return route.streamUsage === 'force'
  return getDialect(route).streamOptions === 'taken'
}

const rejectsStreamOptions = (thrown: unknown): boolean =>
  thrown instanceof ProviderFailure &&
  (thrown.upstreamStatus === 400 || thrown.upstreamStatus === 422) &&
  /stream_options|include_usage/.test(thrown.rawMessage)

/** The answer to a stream call; a provider that answers it with one document gets that passed on as one event. */
const toStreamExchange = async (
  answer: UpstreamResponse,
  chunks: ChunkStream,
  signal: CancelSignal,
): Promise<StreamExchange> => {
  if (isJson(await peekBody(answer))) return toSingleEventStream(await readWhole(answer, maxWholeBytes), chunks)
  const stream = new EventStream(answer, chunks, signal)
  await stream.first()
  return { kind: 'stream', pipeTo: (response, onWrite = () => undefined) => stream.pipeTo(response, onWrite) }
}

const toSingleEventStream = (text: string, chunks: ChunkStream): StreamExchange => {
  const bytes = chunks.next({ raw: Buffer.alloc(0), data: text, wellFormed: false })
  if (!bytes) throw invalidResponseError()
  return {
    kind: 'stream',
    pipeTo: (response) => {
      response.write(bytes)
      return Promise.resolve(toStreamResult(chunks, undefined))
    },
  }
}
