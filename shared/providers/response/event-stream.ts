import type { Writable } from 'node:stream'
import { type GatewayError, toGatewayError } from '../../protocol/errors.ts'
import { SseSplitter } from '../../protocol/sse.ts'
import type { CancelSignal } from '../../runtime/cancellation.ts'
import { brokenResponseError, clientGoneError, invalidResponseError } from '../errors/upstream-errors.ts'
import type { UpstreamResponse } from '../transport/http-transport.ts'
import { drainOrDestroy } from '../transport/response-body.ts'
import type { ChunkStream } from './chunk-stream.ts'
import { type StreamResult, toStreamResult } from './stream-result.ts'

/** Bytes one stream may bring in all. */
const maxStreamBytes = 16_777_216

/** How long a usage is waited for that nobody but we will read, in milliseconds. */
const maxUsageWaitMs = 1_500

/** A provider's event stream on its way to a client: events that come in one piece leave in one write, nothing is held
 *  back, and the provider is paused while the client does not keep up. */
export class EventStream {
  private readonly upstream: UpstreamResponse
  private readonly chunks: ChunkStream
  private readonly signal: CancelSignal
  private readonly splitter = new SseSplitter()
  private waiting: Buffer[] = []
  private bytes = 0
  private response: Writable | undefined
  private onWrite: () => void = () => undefined
  private end: StreamResult | undefined
  private left: NodeJS.Timeout | undefined
  private began: () => void = () => undefined
  private ended: (end: StreamResult) => void = () => undefined

  constructor(upstream: UpstreamResponse, chunks: ChunkStream, signal: CancelSignal) {
    this.upstream = upstream
    this.chunks = chunks
    this.signal = signal
    const { message } = upstream
    message.on('data', (piece: Buffer) => this.take(() => this.split(piece)))
    message.once('end', () => {
      this.take(() => this.splitter.end())
      this.finish()
    })
    message.once('error', () => this.finish())
    message.once('close', () => this.finish())
    upstream.onLeave(() => this.leave())
    message.resume()
  }

  /** Resolves with the stream's first event for the client, so that a failure before it can still be a real status.
   *  @throws upstream_error (502), upstream_timeout (504), client_gone */
  async first(): Promise<void> {
    if (this.waiting.length === 0 && !this.end) await new Promise<void>((resolve) => (this.began = resolve))
    if (this.end && this.waiting.length === 0) throw this.end.error ?? invalidResponseError()
    if (!this.end) this.upstream.message.pause()
  }

  /** Writes the events to the client until the stream is over; the client's connection is left open. */
  pipeTo(response: Writable, onWrite: () => void): Promise<StreamResult> {
    this.response = response
    this.onWrite = onWrite
    this.flush()
    if (this.end) return Promise.resolve(this.end)
    this.upstream.message.resume()
    return new Promise((resolve) => (this.ended = resolve))
  }

  private split(piece: Buffer): ReturnType<SseSplitter['push']> {
    this.bytes += piece.length
    if (this.bytes > maxStreamBytes)
      throw brokenResponseError('The provider sent an answer that is too large to relay.')
    return this.splitter.push(piece)
  }

  private take(split: () => ReturnType<SseSplitter['push']>): void {
    if (this.end) return
    try {
      for (const event of split()) {
        const bytes = this.chunks.next(event)
        if (event.data !== undefined) this.upstream.deadlines.startPhase('idle')
        if (bytes) this.waiting.push(bytes)
      }
    } catch (thrown) {
      this.finish(toGatewayError(thrown))
      return
    }
    if (this.waiting.length > 0) this.began()
    this.flush()
    if (this.chunks.done || (this.left && !this.chunks.lacksOnlyUsage)) this.finish()
  }

  /** The client has left. Where the text is whole and only its usage is to come, that is waited for: it is how we bill. */
  private leave(): void {
    if (this.end) return
    if (!this.chunks.lacksOnlyUsage) {
      this.finish()
      return
    }
    this.left = setTimeout(() => this.finish(), maxUsageWaitMs)
    this.upstream.message.resume()
  }

  private flush(): void {
    const { response, waiting } = this
    if (!response || waiting.length === 0) return
    this.waiting = []
    if (this.left) return
    const bytes = waiting.length === 1 ? (waiting[0] as Buffer) : Buffer.concat(waiting)
    this.onWrite()
    if (response.write(bytes) || this.end) return
    const { message, deadlines } = this.upstream
    message.pause()
    deadlines.pause()
    response.once('drain', () => {
      if (this.end) return
      deadlines.startPhase('idle')
      message.resume()
    })
  }

  private finish(error = this.reason()): void {
    if (this.end) return
    const { message, deadlines } = this.upstream
    deadlines.stop()
    clearTimeout(this.left)
    if (this.chunks.done) drainOrDestroy(message)
    else if (!message.complete) message.destroy()
    this.end = toStreamResult(this.chunks, error)
    this.began()
    this.ended(this.end)
  }

  /** Why the stream is over; undefined when the answer was whole. */
  private reason(): GatewayError | undefined {
    if (this.signal.aborted) return clientGoneError()
    const ended = this.upstream.ended()
    if (ended) return ended
    return this.chunks.complete ? undefined : brokenResponseError('The provider broke its answer off. Try again.')
  }
}
