import type { Writable } from 'node:stream'
import { type GatewayError, isGatewayError, toGatewayError } from '../../protocol/errors.ts'
import { endEvent, type SseEvent, SseSplitter } from '../../protocol/sse.ts'
import type { CancelSignal } from '../../runtime/cancellation.ts'
import { clientGoneError, incompleteResponseError, invalidResponseError } from '../errors/upstream-errors.ts'
import type { UpstreamResponse } from '../transport/http-transport.ts'
import { drainOrDestroy, readResponseBody } from '../transport/response-body.ts'
import type { ChunkStream } from './chunk-stream.ts'
import { type StreamResult, toStreamResult } from './stream-result.ts'

/** Bytes of an unfinished event that count as progress, like an event. A large picture may take minutes. */
const progressBytes = 65_536

/** Longest wait for the usage of a complete response, and for more of a document, in milliseconds. The client waits too. */
const maxUsageWaitMs = 1_000

/** Longest wait for the end of a complete response whose usage has come, in milliseconds. */
const maxEndWaitMs = 250

/** Longest wait for more of a response whose reason came with its first text, in milliseconds. */
const maxDoubtWaitMs = 2_000

/** What follows the events of a stream: turns them into bytes for the client, and knows when the response is complete. */
export type EventReader = Pick<
  ChunkStream,
  | ('next' | 'done' | 'complete' | 'doubt' | 'lacksOnlyUsage' | 'isWhole' | 'explain' | 'countHeld')
  | ('billableUsage' | 'writer' | 'writeEnd')
>

/** A provider's event stream on its way to a client. Events that arrive together leave in one write, without delay. The
 *  provider is paused while the client is slower. */
export class EventStream {
  private readonly upstream: UpstreamResponse
  private readonly chunks: EventReader
  private readonly signal: CancelSignal
  private readonly splitter = new SseSplitter()
  /** `waiting` until `pipeTo` is called; `draining` if the client has left and only the usage is still to come. */
  private state: 'waiting' | 'streaming' | 'draining' | 'done' = 'waiting'
  /** Events for the client that are not written yet. */
  private pending: Buffer[] = []
  /** `pendingBytes` of the splitter when the provider last made progress. */
  private progress = 0
  private response: Writable | undefined
  private onWrite: () => void = () => undefined
  private onFirstEvent: () => void = () => undefined
  private endTimer: NodeJS.Timeout | undefined
  /** The wait that `endTimer` was started with; 0 if it does not run. */
  private endWaitMs = 0
  /** Set when the state is `done`. */
  private result: StreamResult | undefined
  private onResult: (result: StreamResult) => void = () => undefined

  constructor(upstream: UpstreamResponse, chunks: EventReader, signal: CancelSignal) {
    this.upstream = upstream
    this.chunks = chunks
    this.signal = signal
    upstream.onClientGone(() => this.handleClientGone())
    readResponseBody(upstream, {
      onData: (bytes) => this.receive(bytes),
      onEnd: () => this.receiveEnd(),
      onError: (error) => this.finish(isGatewayError(error) ? error : undefined),
      onClose: () => this.finish(),
    })
  }

  /** Resolves when the first event for the client has come, so that a failure before it can still be a status.
   *  @throws upstream_error (502), upstream_timeout (504), client_gone */
  async waitForFirstEvent(): Promise<void> {
    if (this.pending.length === 0 && !this.result) await new Promise<void>((resolve) => (this.onFirstEvent = resolve))
    if (this.result && this.pending.length === 0) throw this.result.error ?? this.chunks.explain(invalidResponseError())
    if (!this.result) this.upstream.body.pause()
  }

  /** Writes the events to the client until the stream is over. The client's connection stays open. */
  pipeTo(response: Writable, onWrite: () => void): Promise<StreamResult> {
    this.response = response
    this.onWrite = onWrite
    this.flush()
    if (this.result) return Promise.resolve(this.result)
    if (this.state === 'waiting') this.state = 'streaming'
    this.upstream.body.resume()
    this.boundWait(true)
    return new Promise((resolve) => (this.onResult = resolve))
  }

  private receive(bytes: Buffer): void {
    if (this.state === 'done') return
    this.handleEvents(() => this.splitter.push(bytes))
    if (this.splitter.mayBeDocument) this.boundWait(true)
    const { pendingBytes } = this.splitter
    if (pendingBytes < this.progress) this.progress = 0
    if (pendingBytes - this.progress < progressBytes) return
    this.progress = pendingBytes
    this.upstream.deadlines.startPhase('idle')
  }

  private receiveEnd(): void {
    if (this.state !== 'done') this.handleEvents(() => this.splitter.end())
    this.endDocument()
    this.finish()
  }

  /** A provider that sends one document sends no more. Its choices need no finish reason. */
  private endDocument(): void {
    if (this.state !== 'done' && this.splitter.isDocument) this.handleEvents(() => [endEvent])
  }

  /** Ends a response that is complete: by its choices, or because it is a document that is named as whole. */
  private handleSilence(): void {
    if (this.chunks.complete) this.finish()
    else this.handleEvents(() => this.splitter.endDocument())
    if (this.chunks.isWhole) this.endDocument()
  }

  private handleEvents(split: () => SseEvent[]): void {
    let failure: GatewayError | undefined
    try {
      for (const event of split()) this.handleEvent(event)
    } catch (thrown) {
      failure = toGatewayError(thrown)
    }
    const isNew = this.pending.length > 0
    if (isNew) this.onFirstEvent()
    this.flush()
    if (failure) this.finish(this.chunks.complete ? undefined : failure)
    else if (this.chunks.done || (this.state === 'draining' && !this.chunks.lacksOnlyUsage)) this.finish()
    else this.boundWait(isNew)
  }

  /** Bounds the wait for the rest of a response whose text is complete: whatever comes of it, or does not, the client has
   *  all that it asked for. Only new text or the usage prolong the wait. */
  private boundWait(isNew: boolean): void {
    const waitMs = this.upstream.body.isPaused() ? 0 : this.getWaitMs()
    if (waitMs === this.endWaitMs && !(isNew && waitMs > 0)) return
    clearTimeout(this.endTimer)
    this.endWaitMs = waitMs
    if (waitMs > 0) this.endTimer = setTimeout(() => this.handleSilence(), waitMs)
  }

  /** How long the provider may be silent now; 0 if only its deadlines count. */
  private getWaitMs(): number {
    const { chunks, splitter, state } = this
    const { complete } = chunks
    if (splitter.mayBeDocument || (chunks.isWhole && !complete && splitter.isDocument)) return maxUsageWaitMs
    if (!complete) return 0
    const { doubt } = chunks
    if (state !== 'draining' && (state !== 'streaming' || doubt === 'again')) return 0
    if (doubt === 'once') return maxDoubtWaitMs
    return chunks.lacksOnlyUsage ? maxUsageWaitMs : maxEndWaitMs
  }

  private handleEvent(event: SseEvent): void {
    const bytes = this.chunks.next(event)
    if (event.data.startsWith('{')) this.upstream.deadlines.startPhase('idle')
    if (bytes && this.state !== 'draining') this.pending.push(bytes)
  }

  /** If the text is complete, only the usage is still to come. We wait for it, because we bill by it. */
  private handleClientGone(): void {
    if (this.state === 'done') return
    if (!this.chunks.lacksOnlyUsage) {
      this.finish()
      return
    }
    this.state = 'draining'
    this.pending = []
    this.upstream.body.resume()
    this.boundWait(true)
  }

  private flush(): void {
    const { response, pending } = this
    if (!response || pending.length === 0) return
    this.pending = []
    const bytes = pending.length === 1 ? (pending[0] as Buffer) : Buffer.concat(pending)
    this.onWrite()
    if (!response.write(bytes)) this.pauseUntilDrained(response)
  }

  private pauseUntilDrained(response: Writable): void {
    if (this.state === 'done') return
    const { body, deadlines } = this.upstream
    body.pause()
    deadlines.pause()
    response.once('drain', () => {
      if (this.state === 'done') return
      deadlines.startPhase('idle')
      body.resume()
      this.boundWait(true)
    })
  }

  private finish(error = this.getError()): void {
    if (this.state === 'done') return
    this.state = 'done'
    const { message, body, deadlines } = this.upstream
    deadlines.stop()
    clearTimeout(this.endTimer)
    if (this.chunks.done && body === message) drainOrDestroy(message)
    else if (!message.complete || body !== message) message.destroy()
    if (error) this.chunks.countHeld()
    this.result = toStreamResult(this.chunks, error)
    this.onFirstEvent()
    this.onResult(this.result)
  }

  /** Why the stream is over. Returns undefined if the response is complete. */
  private getError(): GatewayError | undefined {
    if (this.signal.aborted) return clientGoneError()
    if (this.chunks.complete) return undefined
    return this.upstream.getAbortError() ?? this.chunks.explain(incompleteResponseError())
  }
}
